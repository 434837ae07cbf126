/**
 * An outside system with a ledger of its own, of three kinds: it honours keys, it can only be asked, or neither. It cuts
 * connections before, during and after a write where a test says so.
 */
import {
  LostAnswer,
  type Adapter,
  type ConnectorView,
  type WriteAnswer,
  type WriteTraits,
} from '../../../src/adapters/adapter.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../../src/domain/json.ts';
import type { Adapters } from '../../../src/ports/adapters.ts';
import type { Clock } from '../../../src/ports/clock.ts';

export type TargetKind = 'honours' | 'askable' | 'neither';
/** What happens to the next write: an answer, or a cut before, during or after it takes effect. */
export type Fault =
  | { readonly kind: 'cut'; readonly when: 'before' | 'during' | 'after' }
  | { readonly kind: 'refuse'; readonly retryable: boolean }
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'die'; readonly when: 'before' | 'after'; readonly error: Error }
  | { readonly kind: 'refuse-one'; readonly index: number };

export interface Entry {
  readonly key: string;
  readonly connector: string;
  readonly version: number;
  readonly body: Json;
  readonly recordKeys: readonly string[] | null;
}

export interface FakeTarget {
  kind: TargetKind;
  batchMax: number;
  settleMs: number;
  readonly entries: Entry[];
  /** Every request that reached it, in order. */
  readonly received: string[];
  readonly faults: Fault[];
  /** Records that a FETCH gives. */
  records: readonly Json[];
  /** Look-ups see entries only after so many milliseconds. */
  lagMs: number;
  lookups: number;
  /** Connector version of each look-up. */
  readonly asked: number[];
  /** Look-ups get no answer. */
  deaf: boolean;
  /** Awaited before a write takes effect: lets two executions overlap. */
  gate: (() => Promise<void>) | null;
  publish(id: string, version: number, document: JsonObject): void;
}

export function fakeAdapters(clock: Clock): { adapters: Adapters; target: FakeTarget } {
  const views = new Map<string, ConnectorView[]>();
  const written = new Map<string, number>();
  const target: FakeTarget = {
    kind: 'honours',
    batchMax: 100,
    settleMs: 10_000,
    entries: [],
    received: [],
    faults: [],
    records: [],
    lagMs: 0,
    lookups: 0,
    asked: [],
    deaf: false,
    gate: null,
    publish: (id, version, document) => {
      const view = {
        id,
        version,
        category: 'erp',
        adapter: 'fake',
        settings: {},
        commands: {},
        resources: {},
        ...document,
      };
      views.set(id, [...(views.get(id) ?? []), view as unknown as ConnectorView]);
    },
  };

  const traits = (declared: JsonObject | undefined): WriteTraits | null =>
    declared === undefined
      ? null
      : {
          access: declared['access'] === 'read' ? 'read' : 'write',
          modes: ['create'],
          honoursKey: target.kind === 'honours',
          askable: target.kind === 'askable',
          settleMs: target.settleMs,
          recordKey: 'optional',
          batchMax: target.batchMax,
        };

  async function write(
    connector: ConnectorView,
    key: string,
    body: Json,
    recordKeys: readonly string[] | null = null,
  ): Promise<WriteAnswer> {
    const fault = target.faults.shift();
    if (fault?.kind === 'not-sent') throw new StepFault('OUTSIDE_UNAVAILABLE', 'the connection was refused');
    if (fault?.kind === 'die' && fault.when === 'before') throw fault.error;
    if (fault?.kind === 'cut' && fault.when === 'before') throw new LostAnswer('cut before');
    target.received.push(key);
    if (target.gate !== null) await target.gate();
    if (fault?.kind === 'refuse')
      return { outcome: 'refused', reason: { said: 'no' }, retryable: fault.retryable, retryAfterMs: null };
    const before = target.entries.find((entry) => entry.key === key);
    if (target.kind === 'honours' && before !== undefined) {
      if (canonicalJson(before.body) !== canonicalJson(body))
        return { outcome: 'refused', reason: 'other body under a used key', retryable: false, retryAfterMs: null };
    } else {
      target.entries.push({ key, connector: connector.id, version: connector.version, body, recordKeys });
      written.set(key, Date.parse(clock.now()));
    }
    if (fault?.kind === 'die') throw fault.error;
    if (fault?.kind === 'cut') throw new LostAnswer(`cut ${fault.when}`);
    const refused = fault?.kind === 'refuse-one' ? { refused: [{ index: fault.index, reason: 'bad record' }] } : {};
    return {
      outcome: 'confirmed',
      receipt: { id: `entry-${target.entries.findIndex((entry) => entry.key === key)}` },
      ...refused,
    };
  }

  const adapter: Adapter = {
    check: () => [],
    resource: (connector, name) => traits(connector.resources[name]),
    command: (connector, name) => traits(connector.commands[name]),
    fetch: async (_context, { limit }) => target.records.slice(0, limit),
    lookup: async (_context, { key }) =>
      target.records.find((record) => isJsonObject(record) && record['id'] === key) ?? null,
    push: (context, request) => write(context.connector, request.idempotencyKey, request.records, request.recordKeys),
    execute: (context, request) => write(context.connector, request.idempotencyKey, request.arguments),
    reconcile: async ({ connector }, { idempotencyKey }) => {
      target.lookups += 1;
      target.asked.push(connector.version);
      if (target.deaf) throw new StepFault('OUTSIDE_UNAVAILABLE', 'no answer');
      const at = written.get(idempotencyKey);
      if (at === undefined || Date.parse(clock.now()) < at + target.lagMs) return { found: false };
      return { found: true, receipt: { id: 'found by look-up' } };
    },
    test: async () => ({ ok: true, detail: '' }),
  };

  const adapters: Adapters = {
    resolve: async (_tenant, id, version) => {
      const connector = version === undefined ? views.get(id)?.at(-1) : views.get(id)?.[version - 1];
      if (connector === undefined) throw new StepFault('CONNECTOR_UNKNOWN', id);
      return {
        connector,
        adapter,
        policiesOf: (asked) => {
          const declared =
            'resource' in asked ? connector.resources[asked.resource] : connector.commands[asked.command];
          return (declared?.['policies'] as readonly string[] | undefined) ?? ['approval-required'];
        },
        context: (signal, progress) => ({
          connector,
          signal,
          progress,
          now: () => clock.now(),
          http: { send: noNetwork },
        }),
      };
    },
  };
  return { adapters, target };
}

const noNetwork = (): never => {
  throw new Error('the fake target is not on the network');
};
