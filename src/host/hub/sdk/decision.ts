/**
 * Reads what a replay returned or threw: the orchestrator's state as durable-functions 3.5 reports it. Apart from the
 * engine because the next SDK speaks another format. Pure.
 */
import type { InvocationResult } from '../../contract.ts';
import type { FailureDetails } from '../records.ts';
import { ACTION, type SdkAction } from './actions.ts';

export interface Decision {
  outcome: 'running' | 'completed' | 'failed' | 'continued';
  actions: SdkAction[];
  /** JSON text. */
  output: string | null;
  custom: string | null;
  /** Present when `failed`; '' when user code threw something without a message. */
  error?: string;
  failureDetails?: FailureDetails;
  /** The function broke the protocol (no state came back): text of what was thrown. */
  broken?: string;
  /** Two replays of the same history differed (strict mode); `error` says where. */
  unstable?: boolean;
}

interface SdkState {
  isDone: boolean;
  actions: SdkAction[][];
  output?: unknown;
  error?: string;
  customStatus?: unknown;
  failureDetails?: FailureDetails;
}

const MARK = '\n\n$OutOfProcData$:';

export function decisionFromResult(result: InvocationResult, direct: boolean): Decision {
  const state = direct ? (result.result as SdkState) : stateFromWire(result);
  if (!state || !Array.isArray(state.actions)) return broken('the function returned no orchestrator state');
  const actions = state.actions[0] ?? [];
  const custom = jsonOrNull(state.customStatus);
  const next = actions.findLast((action) => action.actionType === ACTION.continueAsNew);
  if (state.isDone && next)
    return { outcome: 'continued', actions, output: JSON.stringify(next.input ?? null), custom };
  const outcome = state.isDone ? 'completed' : 'running';
  return { outcome, actions, output: state.isDone ? jsonOrNull(state.output) : null, custom };
}

export function decisionFromError(error: unknown): Decision {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(MARK);
  if (at < 0) return broken(message);
  const state = JSON.parse(message.slice(at + MARK.length)) as SdkState;
  return {
    outcome: 'failed',
    actions: state.actions[0] ?? [],
    output: null,
    custom: jsonOrNull(state.customStatus),
    error: state.error ?? '',
    ...(state.failureDetails ? { failureDetails: state.failureDetails } : {}),
  };
}

function broken(text: string): Decision {
  return { outcome: 'failed', actions: [], output: null, custom: null, error: text, broken: text };
}

function stateFromWire(result: InvocationResult): SdkState | undefined {
  const text = result.returnValue?.json ?? result.returnValue?.string;
  return text === undefined ? undefined : (JSON.parse(text) as SdkState);
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
