/**
 * The border between the parts of the local host. `seam` loads a Functions app and calls its functions, `hub` keeps
 * and drives Durable instances, `server` listens on HTTP and fires timers. They know each other by these types only.
 * Nothing here, and nothing in this folder, knows anything of Countersign.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A value on the worker protocol: exactly one member is set (`RpcTypedData`). */
export interface RpcData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  stream?: Uint8Array;
  http?: Record<string, unknown>;
  int?: number;
  double?: number;
  collectionString?: { string: string[] };
  [other: string]: unknown;
}

export interface BindingInfo {
  name: string;
  type: string;
  direction: 'in' | 'out' | 'inout';
  [setting: string]: unknown;
}

/** `retryOptions` of a registration, as the library hands it over. */
export interface TriggerRetry {
  retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  maxRetryCount: number;
  delayInterval?: { seconds: number };
  minimumInterval?: { seconds: number };
  maximumInterval?: { seconds: number };
}

/** One registered function: its trigger and its other bindings by name. */
export interface FunctionInfo {
  id: string;
  name: string;
  trigger: BindingInfo;
  bindings: Record<string, BindingInfo>;
  retry?: TriggerRetry;
}

export interface Invocation {
  /** Data of the trigger; the seam adds every other input binding (durable client and so on) by itself. */
  trigger: RpcData;
  triggerMetadata?: Record<string, RpcData>;
  traceContext?: { traceParent?: string; traceState?: string; attributes?: Record<string, string> };
  retryContext?: { retryCount: number; maxRetryCount: number };
  /** Chosen by the caller when it must be known before the call; random otherwise. */
  invocationId?: string;
  /** The hub's number of the orchestration or entity that is called, so that one in an endless loop can be found again. */
  subject?: number;
  /** Direct mode: the payload object is handed to the function as it is and its result taken back as it is, no JSON between. */
  direct?: { input: unknown };
}

export interface InvocationResult {
  invocationId: string;
  /** Wire form of the return value; undefined when the function returned nothing. */
  returnValue?: RpcData;
  outputData: { name: string; data: RpcData }[];
  /** The value that the function returned, as an object. */
  result?: unknown;
}

/** The loaded app, as the hub and the server see it. `invoke` rejects with what the function threw. */
export interface LoadedApp {
  readonly functions: ReadonlyMap<string, FunctionInfo>;
  invoke(functionName: string, invocation: Invocation): Promise<InvocationResult>;
  /** Value of every `durableClient` binding (a JSON string); set by the server once ports are known. */
  setDurableClientBinding(value: string): void;
  /** Address of the library's own stream server, when the app enabled HTTP streaming. */
  readonly streamUri?: string;
  stop(): Promise<void>;
}

/** One line for a person or a machine; never a payload. */
export interface HostLog {
  (
    level: 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical',
    message: string,
    fields?: Record<string, unknown>,
  ): void;
}

/** The task hub as the server sees it. */
export interface TaskHub {
  /** Begins to run what is stored; every instance that was running goes on. */
  start(app: LoadedApp): Promise<void>;
  /** The client binding's value for this public origin, RPC address and system key (durable-protocol §2). */
  clientBinding(origin: string, rpcBaseUrl: string, systemKey: string): string;
  /** Serves the management API (`path` is what follows the base, without a leading slash and without the query): below `rpcBaseUrl` without a key, below `/runtime/webhooks/durabletask` after the server checked the key. */
  handle(path: string, request: IncomingMessage, response: ServerResponse, origin: string): Promise<void>;
  /** No new work; waits for what runs (bounded), then closes the file. */
  stop(timeoutMs?: number): Promise<void>;
}
