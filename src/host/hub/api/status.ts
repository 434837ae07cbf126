/**
 * How an instance is shown: the status body, and `historyEvents` with the real event names.
 */
import type { Core } from '../core.ts';
import { ENDED, type Command, type Episode, type InstanceRow, type Received } from '../records.ts';

export interface ShowOptions {
  input: boolean;
  history: boolean;
  historyOutput: boolean;
}

export interface StatusBody {
  name: string;
  instanceId: string;
  runtimeStatus: string;
  input: unknown;
  customStatus: unknown;
  output: unknown;
  createdTime: string;
  lastUpdatedTime: string;
  historyEvents?: Record<string, unknown>[];
}

export function statusBody(core: Core, row: InstanceRow, show: ShowOptions): StatusBody {
  const body: StatusBody = {
    name: row.name,
    instanceId: row.id,
    runtimeStatus: row.status,
    input: show.input ? json(row.input) : null,
    customStatus: json(row.custom),
    output: json(row.output),
    ...(row.id.startsWith('@') && entityParts(row, show.input)),
    createdTime: seconds(row.created),
    lastUpdatedTime: seconds(row.updated),
  };
  if (show.history)
    body.historyEvents = historyEvents(
      row,
      core.store.read(() => core.tables.episodes(row.n)),
      show,
    );
  return body;
}

/** As the extension stores an entity: an instance that never ends, whose input is the state (JSON text), and a summary. */
function entityParts(row: InstanceRow, input: boolean): Pick<StatusBody, 'input' | 'customStatus' | 'output'> {
  const state = row.output === null ? {} : { exists: true, state: row.output };
  return {
    input: input ? state : null,
    customStatus: row.output === null ? {} : { entityExists: true },
    output: null,
  };
}

function historyEvents(row: InstanceRow, episodes: Episode[], show: ShowOptions): Record<string, unknown>[] {
  const scheduled = new Map<number, { command: Command; t: number }>();
  const events: Record<string, unknown>[] = [];
  for (const episode of episodes) {
    for (const received of episode.x) {
      const event = shown(row, received, episode.t, scheduled, show);
      if (event) events.push(event);
    }
    for (const command of episode.c) {
      scheduled.set(command.i, { command, t: episode.t });
      if (command.c === 'call' || command.c === 'signal') {
        const Name = 'op' in command ? command.op : '';
        events.push({ EventType: 'EventSent', Timestamp: iso(episode.t), InstanceId: command.to, Name });
      }
    }
  }
  if (ENDED.has(row.status)) {
    const result = show.historyOutput ? { Result: json(row.output) } : {};
    const EventType = row.status === 'Terminated' ? 'ExecutionTerminated' : 'ExecutionCompleted';
    events.push({ EventType, OrchestrationStatus: row.status, Timestamp: iso(row.updated), ...result });
  }
  return events;
}

/** Completions carry the name and the time of what they complete, as the real API folds them. */
function shown(
  row: InstanceRow,
  received: Received,
  t: number,
  scheduled: Map<number, { command: Command; t: number }>,
  show: ShowOptions,
): Record<string, unknown> | undefined {
  const at = { Timestamp: iso(t) };
  const of = 'i' in received && received.i !== undefined ? scheduled.get(received.i) : undefined;
  const origin = of
    ? { ...('name' in of.command ? { FunctionName: of.command.name } : {}), ScheduledTime: iso(of.t) }
    : {};
  switch (received.e) {
    case 'start':
      return {
        EventType: 'ExecutionStarted',
        ...at,
        FunctionName: row.name,
        ...(show.input ? { Input: json(row.input) } : {}),
      };
    case 'done':
      return {
        EventType: received.sub ? 'SubOrchestrationInstanceCompleted' : 'TaskCompleted',
        ...at,
        ...origin,
        ...(show.historyOutput ? { Result: json(received.r) } : {}),
      };
    case 'fail':
      return {
        EventType: received.sub ? 'SubOrchestrationInstanceFailed' : 'TaskFailed',
        ...at,
        ...origin,
        Reason: received.f.reason,
        Details: received.f.details,
      };
    case 'timer':
      return { EventType: 'TimerFired', ...at, ScheduledTime: iso(of?.t ?? t), FireAt: iso(received.at) };
    case 'raised':
      return {
        EventType: 'EventRaised',
        ...at,
        Name: received.name,
        ...(show.historyOutput ? { Input: json(received.input) } : {}),
      };
    case 'suspended':
      return { EventType: 'ExecutionSuspended', ...at, Reason: received.reason };
    case 'resumed':
      return { EventType: 'ExecutionResumed', ...at, Reason: received.reason };
    case 'rewound':
      return { EventType: 'GenericEvent', ...at, Data: `Rewound: ${received.reason}` };
  }
}

function json(text: string | null): unknown {
  return text === null || text === '' ? null : (JSON.parse(text) as unknown);
}

function iso(t: number): string {
  return new Date(t).toISOString();
}

/** Status times have no fraction. */
function seconds(t: number): string {
  return `${new Date(t).toISOString().slice(0, 19)}Z`;
}
