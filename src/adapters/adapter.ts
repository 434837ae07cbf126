/**
 * What an adapter is: code for one type of outside system. It is handed a context and nothing else; it cannot reach
 * stores, keys, settings or other connectors. `factory.ts` is the only way to get one.
 */
import type { Json, JsonObject } from '../domain/json.ts';
import type { Category } from '../domain/workflow/categories.ts';
import type { WriteMode } from '../domain/workflow/plan.ts';

/** A connector version as adapters see it. */
export interface ConnectorView {
  readonly id: string;
  readonly version: number;
  readonly category: Category;
  readonly adapter: string;
  readonly settings: JsonObject;
  readonly resources: Readonly<Record<string, JsonObject>>;
  readonly commands: Readonly<Record<string, JsonObject>>;
}

export interface AdapterContext {
  readonly connector: ConnectorView;
  /** `fetch` bound to the connector: its origin and allowed hosts, address rules, limits, credentials. */
  readonly http: ConnectorHttp;
  readonly signal: AbortSignal;
  readonly now: () => string;
  /** Says that work goes on (heartbeat) and how far it is, 0–100 or null. */
  readonly progress: (percent: number | null) => void;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the connector's `baseUrl`, already encoded, or an absolute URL that must keep origin and path prefix. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** True once the request may have reached the target: a lost answer is then `unknown`, not a failure. */
  readonly write?: boolean;
  /** Statuses (408, 5xx) by which this target, as its connector declares, promises that nothing was written. */
  readonly notPerformed?: readonly number[];
}
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed losslessly: integers beyond 2^53 and decimals that a double cannot hold come as strings. Null when there is no body. */
  readonly body: Json;
}
export interface ConnectorHttp {
  /**
   * Throws `StepFault`: `ADDRESS_REFUSED`, `OUTSIDE_TOO_LARGE`, `OUTSIDE_GARBAGE`, `OUTSIDE_UNAVAILABLE` (with `retryAfterMs`),
   * `SECRET_…`. With `write`, an answer lost after sending throws `LostAnswer` instead. 4xx other than 408/429 is returned.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/** The request may have reached the target and no answer came: nobody knows whether the write happened. */
export class LostAnswer extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'LostAnswer';
  }
}

/** What one write sends: up to `batch.max` records under one idempotency key. */
export interface WriteRequest {
  readonly resource: string;
  readonly mode: WriteMode;
  readonly records: readonly Json[];
  /** One key per record, where the connector asks for one. */
  readonly recordKeys: readonly string[] | null;
  readonly idempotencyKey: string;
}
export interface CommandRequest {
  readonly command: string;
  readonly arguments: JsonObject;
  readonly idempotencyKey: string;
}

/**
 * `refused` is definite about this request: it wrote nothing. It says nothing about an earlier request under the same key whose
 * answer was lost. The same holds for a thrown `StepFault`; a lost answer is thrown as `LostAnswer`. `receipt` is a list, one per
 * record, where the target answers a batch so.
 */
export type WriteAnswer =
  | {
      readonly outcome: 'confirmed';
      readonly receipt: Json;
      readonly refused?: readonly { readonly index: number; readonly reason: Json }[];
    }
  | {
      readonly outcome: 'refused';
      readonly reason: Json;
      readonly retryable: boolean;
      readonly retryAfterMs: number | null;
    };

/** `absent` counts only the second time, after the effect's `until` and the resource's settle time. */
export type LookupAnswer = { readonly found: true; readonly receipt: Json } | { readonly found: false };

/** How a write behaves, from the connector's declaration: decides what happens after a lost answer. */
export interface WriteTraits {
  readonly access: 'read' | 'write';
  readonly modes: readonly WriteMode[];
  /** The target answers a repeated key with the first result. */
  readonly honoursKey: boolean;
  /** The target can be asked by key. */
  readonly askable: boolean;
  readonly settleMs: number;
  readonly recordKey: 'required' | 'optional';
  readonly batchMax: number;
}

export interface Adapter {
  /** All problems of a connector document at once, as pointer and message; empty when it is right. */
  check(connector: ConnectorView): readonly { readonly pointer: string; readonly message: string }[];
  /** Null when the connector has no such resource. */
  resource(connector: ConnectorView, resource: string): WriteTraits | null;
  command(connector: ConnectorView, command: string): WriteTraits | null;
  fetch(
    context: AdapterContext,
    request: {
      readonly resource: string;
      readonly params: JsonObject;
      readonly query: JsonObject;
      readonly pageSize: number | null;
      readonly maxPages: number | null;
      readonly limit: number;
    },
  ): Promise<readonly Json[]>;
  lookup(context: AdapterContext, request: { readonly resource: string; readonly key: Json }): Promise<Json | null>;
  push(context: AdapterContext, request: WriteRequest): Promise<WriteAnswer>;
  execute(context: AdapterContext, request: CommandRequest): Promise<WriteAnswer>;
  /** Asks the target whether it knows the key. Only called where the traits say `askable`. */
  reconcile(
    context: AdapterContext,
    request: {
      readonly target: { readonly resource: string } | { readonly command: string };
      readonly idempotencyKey: string;
    },
  ): Promise<LookupAnswer>;
  /** A harmless call that shows whether address, credentials and answer are right. */
  test(context: AdapterContext): Promise<{ readonly ok: boolean; readonly detail: string }>;
}
