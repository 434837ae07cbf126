/**
 * The orchestration trigger's payload for durable-functions 3.5 and the history events in it. Apart from the engine
 * because the next SDK speaks another format. Pure.
 *
 * The SDK reads a part of the event types only; `slim` leaves the others out, which halves the work of a replay.
 */
import type { Command, Episode, InstanceRow, Received } from '../records.ts';

export const EVENT = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionFailed: 2,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  ContinueAsNew: 16,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

export type EventName = keyof typeof EVENT;
export interface SdkEvent {
  EventType: number;
  EventId?: number;
  IsPlayed: boolean;
  Timestamp?: Date;
  [field: string]: unknown;
}

type Identity = Pick<InstanceRow, 'id' | 'name' | 'version' | 'input'>;

export function startedEvents(t: number): SdkEvent {
  return { EventType: EVENT.OrchestratorStarted, EventId: -1, IsPlayed: false, Timestamp: new Date(t) };
}

export function completedEvent(t: number): SdkEvent {
  return { EventType: EVENT.OrchestratorCompleted, EventId: -1, IsPlayed: false, Timestamp: new Date(t) };
}

/** What an episode received, as events. */
export function receivedEvent(received: Received, instance: Identity): SdkEvent | undefined {
  const base = { EventId: -1, IsPlayed: false };
  switch (received.e) {
    case 'start':
      return {
        EventType: EVENT.ExecutionStarted,
        ...base,
        Name: instance.name,
        Version: instance.version ?? '',
        Input: instance.input,
      };
    case 'done': {
      const EventType = received.sub ? EVENT.SubOrchestrationInstanceCompleted : EVENT.TaskCompleted;
      return { EventType, ...base, TaskScheduledId: received.i, Result: received.r };
    }
    case 'fail': {
      const EventType = received.sub ? EVENT.SubOrchestrationInstanceFailed : EVENT.TaskFailed;
      const event: SdkEvent = { EventType, ...base, TaskScheduledId: received.i, Reason: received.f.reason };
      event['Details'] = received.f.details;
      if (received.f.failureDetails) event['FailureDetails'] = received.f.failureDetails;
      return event;
    }
    case 'timer':
      return { EventType: EVENT.TimerFired, ...base, TimerId: received.i, FireAt: new Date(received.at).toISOString() };
    case 'raised':
      return { EventType: EVENT.EventRaised, ...base, Name: received.name, Input: received.input };
    default:
      return undefined; // suspend, resume and rewind are the host's own affair
  }
}

/** The events that tell the SDK under which name an entity will answer, or (`full`) every scheduling event. */
export function commandEvent(command: Command, full: boolean): SdkEvent | undefined {
  const base = { EventId: command.i, IsPlayed: false };
  switch (command.c) {
    case 'call':
    case 'lock':
      return { EventType: EVENT.EventSent, ...base, Input: JSON.stringify({ id: command.id }) };
    case 'task':
      return full ? { EventType: EVENT.TaskScheduled, ...base, Name: command.name, Version: '' } : undefined;
    case 'child':
      return full
        ? { EventType: EVENT.SubOrchestrationInstanceCreated, ...base, Name: command.name, InstanceId: command.id }
        : undefined;
    case 'timer':
      return full ? { EventType: EVENT.TimerCreated, ...base, FireAt: new Date(command.at).toISOString() } : undefined;
    default:
      return undefined;
  }
}

/** All events of one committed episode. */
export function episodeEvents(episode: Episode, instance: Identity, full: boolean): SdkEvent[] {
  if (episode.x.length > 0 && episode.x.every(({ e }) => e === 'suspended' || e === 'resumed' || e === 'rewound'))
    return [];
  const events = [startedEvents(episode.t)];
  for (const received of episode.x) {
    const event = receivedEvent(received, instance);
    if (event) events.push(event);
  }
  for (const command of episode.c) {
    const event = commandEvent(command, full);
    if (event) events.push(event);
  }
  if (full) {
    for (const event of events) event.Timestamp ??= new Date(episode.t);
    events.push(completedEvent(episode.t));
  }
  return events;
}

export interface PayloadOptions {
  schema: 2 | 3;
  replaying: boolean;
  parentInstanceId: string | null;
}

export function payloadFor(row: InstanceRow, history: SdkEvent[], options: PayloadOptions): Record<string, unknown> {
  const payload: Record<string, unknown> = {
    input: row.input === null ? null : (JSON.parse(row.input) as unknown), // fresh for every replay: user code may change it
    instanceId: row.id,
    isReplaying: options.replaying,
    parentInstanceId: options.parentInstanceId,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: options.schema,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '10000000.00:00:00', // one timer whatever its length: the hub has no limit of its own
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000, // (sic) the SDK's spelling
  };
  // Not enumerable: the SDK walks every enumerable value in search of time stamps, once per replay. Hooks see it (seam).
  Object.defineProperty(payload, 'history', { value: history, enumerable: false, configurable: true });
  return payload;
}

/** The same as JSON, as the real worker gets it. */
export function wirePayload(payload: Record<string, unknown>): string {
  return JSON.stringify({ history: payload['history'], ...payload });
}
