/**
 * Actions of durable-functions 3.5 (replay schema V3): their shape, their signature, and the event ids that the SDK gave
 * them. Apart from the engine because the next SDK speaks another format. Pure.
 *
 * Numbering (the heart of it): the SDK counts up once per atomic task when the task is first tracked, depth-first through
 * compounds. A wait for an external event takes no number, a signal one, a release one for every lock.
 */
import type { Command, HttpCall, RetryState } from '../records.ts';

export interface SdkAction {
  actionType: number;
  functionName?: string;
  input?: unknown;
  retryOptions?: SdkRetryOptions;
  instanceId?: string;
  version?: string;
  operation?: string;
  fireAt?: Date | string;
  isCanceled?: boolean;
  externalEventName?: string;
  compoundActions?: SdkAction[];
  httpRequest?: SdkHttpRequest;
  lockSet?: { name: string; key: string }[];
  lockRequestId?: string;
}

interface SdkRetryOptions {
  firstRetryIntervalInMilliseconds: number;
  maxNumberOfAttempts: number;
  backoffCoefficient?: number;
  maxRetryIntervalInMilliseconds?: number;
  retryTimeoutInMilliseconds?: number;
}

interface SdkHttpRequest {
  method: string;
  uri: string;
  content?: string;
  headers?: Record<string, string>;
  asynchronousPatternEnabled?: boolean;
  tokenSource?: { resource?: string };
}

export const ACTION = {
  activity: 0,
  activityRetry: 1,
  child: 2,
  childRetry: 3,
  continueAsNew: 4,
  timer: 5,
  wait: 6,
  callEntity: 7,
  http: 8,
  signal: 9,
  /** The JavaScript SDK never sends it; other ones do. */
  scheduledSignal: 10,
  any: 11,
  all: 12,
  lock: 13,
  release: 14,
} as const;

/** The atomic actions of one top-level action, depth-first. */
export function leavesOf(action: SdkAction, into: SdkAction[] = []): SdkAction[] {
  if (action.compoundActions === undefined) into.push(action);
  else for (const child of action.compoundActions) leavesOf(child, into);
  return into;
}

/** What must be the same in every replay: kind and target, not the data. */
export function signatureOf(action: SdkAction): string {
  switch (action.actionType) {
    case ACTION.any:
      return `any(${(action.compoundActions ?? []).map(signatureOf).join(',')})`;
    case ACTION.all: {
      const parts = (action.compoundActions ?? []).map(signatureOf);
      const same = parts.every((part) => part === parts[0]);
      return same && parts.length > 4 ? `all(${parts.length}*${parts[0] ?? ''})` : `all(${parts.join(',')})`;
    }
    case ACTION.wait:
      return `wait:${action.externalEventName ?? ''}`;
    case ACTION.timer:
      return 'timer';
    case ACTION.callEntity:
    case ACTION.signal:
    case ACTION.scheduledSignal:
      return `${action.actionType !== ACTION.callEntity ? 'signal' : 'call'}:${action.instanceId ?? ''}:${action.operation ?? ''}`;
    case ACTION.http:
      return `http:${action.httpRequest?.method ?? ''}`;
    case ACTION.child:
    case ACTION.childRetry:
      return `sub:${action.functionName ?? ''}`;
    case ACTION.activity:
    case ACTION.activityRetry:
      return `activity:${action.functionName ?? ''}`;
    default:
      return `action:${action.actionType}`;
  }
}

/** A command before it has a row in the queue. */
export type Planned = Command & { canceled?: boolean };

export interface Plan {
  commands: Planned[];
  nid: number;
  signatures: string[];
  /** Signature of an action that stands in the list twice: the SDK numbered it once, the real host twice. */
  reused?: string;
}

export interface PlanContext {
  now: number;
  exec: string;
  newId: () => string;
  /** Entity ids of the lock that is held, for `release`. */
  heldLock: () => { id: string; set: string[] } | undefined;
}

/** Gives event ids to `actions[from…]`, the first of them `nid`. */
export function planActions(actions: readonly SdkAction[], from: number, nid: number, context: PlanContext): Plan {
  const plan: Plan = { commands: [], nid, signatures: [] };
  for (let top = from; top < actions.length; top += 1) {
    const action = actions[top] as SdkAction;
    plan.signatures.push(signatureOf(action));
    leavesOf(action).forEach((leaf, index) => planLeaf(plan, leaf, top, index, context));
  }
  const reused = findReused(actions, from);
  if (reused) plan.reused = signatureOf(reused);
  return plan;
}

function planLeaf(plan: Plan, leaf: SdkAction, top: number, index: number, context: PlanContext): void {
  const i = plan.nid;
  const name = leaf.functionName ?? '';
  const retry = leaf.retryOptions ? { retry: retryOf(leaf.retryOptions, context.now) } : {};
  switch (leaf.actionType) {
    case ACTION.activity:
    case ACTION.activityRetry: {
      const input = activityInput(leaf.input);
      plan.commands.push({ c: 'task', i, q: 0, name, ...(input === undefined ? {} : { input }), ...retry });
      break;
    }
    case ACTION.child:
    case ACTION.childRetry: {
      const id = leaf.instanceId ? leaf.instanceId : `${context.exec}:${i}`;
      const version = leaf.version ? { version: leaf.version } : {};
      plan.commands.push({ c: 'child', i, name, id, input: JSON.stringify(leaf.input ?? null), ...version, ...retry });
      break;
    }
    case ACTION.timer: {
      const at = new Date(leaf.fireAt ?? 0).getTime();
      plan.commands.push({ c: 'timer', i, q: 0, at, top, leaf: index, canceled: leaf.isCanceled === true });
      break;
    }
    case ACTION.http:
      plan.commands.push({ c: 'http', i, q: 0, call: httpOf(leaf.httpRequest) });
      break;
    case ACTION.callEntity:
    case ACTION.signal:
    case ACTION.scheduledSignal: {
      const target = { to: leaf.instanceId ?? '', op: leaf.operation ?? '', input: entityInput(leaf.input) };
      const at = leaf.actionType === ACTION.scheduledSignal ? { at: new Date(leaf.fireAt ?? 0).getTime() } : {};
      if (leaf.actionType !== ACTION.callEntity) plan.commands.push({ c: 'signal', i, ...target, ...at });
      else plan.commands.push({ c: 'call', i, ...target, id: context.newId() });
      break;
    }
    case ACTION.lock: {
      const set = (leaf.lockSet ?? []).map((entity) => `@${entity.name.toLowerCase()}@${entity.key}`);
      plan.commands.push({ c: 'lock', i, set, id: leaf.lockRequestId ?? context.newId() });
      break;
    }
    case ACTION.release: {
      const planned = plan.commands.findLast((command) => command.c === 'lock');
      const held = planned ?? context.heldLock();
      const set = held?.set ?? [];
      plan.commands.push({ c: 'release', i, set, id: held?.id ?? '' });
      plan.nid += Math.max(0, set.length - 1);
      break;
    }
    default:
      return; // waits and continueAsNew take no number
  }
  plan.nid += 1;
}

/** Strings come encoded already (`"\"x\""`); null and undefined reach an activity as undefined. */
function activityInput(input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  return typeof input === 'string' ? input : JSON.stringify(input);
}

function entityInput(input: unknown): string {
  return input === undefined ? '' : JSON.stringify(input);
}

function retryOf(options: SdkRetryOptions, now: number): RetryState {
  return {
    attempt: 1,
    max: options.maxNumberOfAttempts,
    first: options.firstRetryIntervalInMilliseconds,
    coefficient: options.backoffCoefficient ?? 1,
    maxInterval: options.maxRetryIntervalInMilliseconds ?? Number.MAX_SAFE_INTEGER,
    ...(options.retryTimeoutInMilliseconds ? { until: now + options.retryTimeoutInMilliseconds } : {}),
  };
}

function httpOf(request: SdkHttpRequest | undefined): HttpCall {
  return {
    method: request?.method ?? 'GET',
    uri: request?.uri ?? '',
    ...(request?.content === undefined || request.content === null ? {} : { content: request.content }),
    ...(request?.headers ? { headers: request.headers } : {}),
    poll: request?.asynchronousPatternEnabled !== false,
    ...(request?.tokenSource?.resource ? { tokenResource: request.tokenSource.resource } : {}),
  };
}

/** By identity, so it can be seen in direct mode only: JSON makes two of one. */
function findReused(actions: readonly SdkAction[], from: number): SdkAction | undefined {
  let compound = false;
  for (let top = from; top < actions.length; top += 1) compound ||= actions[top]?.compoundActions !== undefined;
  if (!compound) return undefined;
  const seen = new Set<SdkAction>();
  for (const action of actions) {
    for (const leaf of leavesOf(action)) {
      if (seen.has(leaf)) return leaf;
      seen.add(leaf);
    }
  }
  return undefined;
}
