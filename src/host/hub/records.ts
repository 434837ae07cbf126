/**
 * What the hub keeps, as types: instances, letters that wait for them, commands that they gave, one record per episode.
 * Apart because store, engine and API share these shapes; nothing here does anything.
 *
 * Ids: `n` numbers an instance row for ever (a replaced instance gets a new one, so late answers to the old one find
 * nobody); `gen` counts its `continueAsNew`s; `i` is the event id inside one generation, as the SDK counts it.
 */

export type RuntimeStatus =
  'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated' | 'Canceled' | 'ContinuedAsNew';

/** Who is told when an instance ends: the parent's row, generation and event id. */
export interface ParentLink {
  n: number;
  id: string;
  gen: number;
  i: number;
}

export interface InstanceRow {
  n: number;
  id: string;
  name: string;
  version: string | null;
  /** Execution id: new for every generation. */
  exec: string;
  gen: number;
  status: RuntimeStatus;
  /** 1 until the first episode of this generation is committed. */
  fresh: number;
  /** JSON texts; `null` means none. `output` of an entity is its state. */
  input: string | null;
  output: string | null;
  custom: string | null;
  created: number;
  updated: number;
  parent: string | null;
}

/** Failure as the library's exception provider describes it (PascalCase, as on the wire). */
export interface FailureDetails {
  ErrorType: string;
  ErrorMessage: string;
  StackTrace?: string | null;
  IsNonRetriable?: boolean;
  Properties?: Record<string, unknown> | null;
  InnerFailure?: FailureDetails | null;
}

export interface Failure {
  reason: string;
  details: string;
  failureDetails?: FailureDetails;
}

/** A letter's content. Completions carry the generation they belong to. */
export type Message =
  | { k: 'done'; g: number; i: number; r: string }
  | { k: 'fail'; g: number; i: number; f: Failure }
  | { k: 'timer'; g: number; i: number }
  | { k: 'reply'; g: number; i: number; input: string }
  | { k: 'event'; name: string; input: string }
  | { k: 'terminate'; reason: string }
  | { k: 'suspend'; reason: string }
  | { k: 'resume'; reason: string }
  | EntityMessage;

/** What entities receive. `from` is absent for signals. */
export type EntityMessage =
  | { k: 'op'; id: string; name: string; input: string; from?: ParentLink }
  | { k: 'lock'; id: string; set: string[]; at: number; from: ParentLink }
  | { k: 'unlock'; owner: string };

/** A message that waits for its instance; `seq` is its row, 0 when it has none. */
export interface Letter {
  seq: number;
  message: Message;
  /** Set when an episode has taken it over; an unwritten letter is then never written. */
  consumed: boolean;
  /** Set once its row is in the queue table. */
  written: boolean;
}

export interface RetryState {
  attempt: number;
  max: number;
  first: number;
  coefficient: number;
  maxInterval: number;
  /** Epoch ms after which no attempt begins; absent without a retry timeout. */
  until?: number;
  /** The retry timeout is over: what remains of the attempts fails without running. */
  expired?: true;
}

export interface HttpCall {
  method: string;
  uri: string;
  content?: string;
  headers?: Record<string, string>;
  poll: boolean;
  tokenResource?: string;
}

/** What a replay asked for, with the event id that the SDK gave it. `q` is the queue row that stands for it. */
export type Command =
  | { c: 'task'; i: number; q: number; name: string; input?: string; retry?: RetryState }
  | { c: 'child'; i: number; name: string; id: string; input: string; version?: string; retry?: RetryState }
  | {
      c: 'timer';
      i: number;
      q: number;
      at: number;
      top: number;
      leaf: number;
      again?: Again;
      last?: boolean;
      http?: number;
    }
  | { c: 'http'; i: number; q: number; call: HttpCall }
  | { c: 'call'; i: number; to: string; op: string; input: string; id: string }
  | { c: 'signal'; i: number; to: string; op: string; input: string; at?: number }
  | { c: 'lock'; i: number; set: string[]; id: string }
  | { c: 'release'; i: number; set: string[]; id: string };

/** The task that a retry timer stands for. */
export type Again = Extract<Command, { c: 'task' | 'child' }>;

/** What reached user code in an episode. */
export type Received =
  | { e: 'start' }
  | { e: 'done'; i: number; r: string; sub?: true }
  | { e: 'fail'; i: number; f: Failure; sub?: true }
  | { e: 'timer'; i: number; at: number }
  /** `i` when it answers an entity call or a lock. */
  | { e: 'raised'; name: string; input: string; i?: number }
  | { e: 'suspended'; reason: string }
  | { e: 'resumed'; reason: string }
  | { e: 'rewound'; reason: string };

/** One history row: everything that one replay received and asked for. */
export interface Episode {
  /** Epoch ms; drives `currentUtcDateTime`. */
  t: number;
  x: Received[];
  c: Command[];
  /** Signatures of the top-level actions that are new in this episode. */
  a: string[];
  /** Event ids of timers that were cancelled in this episode. */
  z?: number[];
  /** Next event id after this episode. */
  nid: number;
}

export const ENDED: ReadonlySet<RuntimeStatus> = new Set(['Completed', 'Failed', 'Terminated', 'Canceled']);
