/** What main thread and worker say to each other. Scopes travel as JSON text: it is quicker than cloning and its length is its size. */
import type { FailureCode } from '../../domain/expression/failure.ts';
import type { Json } from '../../domain/json.ts';

export interface Call {
  readonly kind: 'value' | 'each' | 'condition' | 'policy';
  /** Template for values, text for conditions. */
  readonly expression: Json;
  readonly scope: string;
  /** JSON text of the list of items, for `each`. */
  readonly items: string | null;
}

export type Answer =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly code: FailureCode; readonly detail: string };

export interface WorkerSetup {
  /** Two Int32: see `PROGRESS`. */
  readonly progress: SharedArrayBuffer;
}

/** Places in the shared memory: how a long list, and a thread that gets no processor, are told from a long expression. */
export const PROGRESS = {
  /** Grows with every call and every item begun. */
  begun: 0,
  /** Microseconds of processor time of the thread when it was begun; wraps around. */
  cpu: 1,
  bytes: 8,
} as const;
