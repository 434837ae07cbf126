/** A factory over documents held in memory, with a fake clock, secrets and resolver: what adapter tests work on. */
import { createAdapters, type AdapterFactory, type FactoryDeps } from '../../../src/adapters/factory.ts';
import type { AdapterContext, ConnectorView } from '../../../src/adapters/adapter.ts';
import { registryOf } from '../../../src/adapters/registry.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import type { PrincipalId, TenantId } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { ResolvedConnector } from '../../../src/ports/adapters.ts';
import type { Clock } from '../../../src/ports/clock.ts';

export const TENANT = 'tenant-a' as TenantId;

export interface FakeClock extends Clock {
  ms: number;
  readonly slept: number[];
}

/** Time moves only when somebody sleeps. */
export function fakeClock(): FakeClock {
  const clock: FakeClock = {
    ms: Date.parse('2026-11-21T10:00:00.000Z'),
    slept: [],
    now: () => new Date(clock.ms).toISOString(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      clock.slept.push(ms);
      clock.ms += ms;
    },
  };
  return clock;
}

export interface Bench {
  readonly adapters: AdapterFactory;
  readonly clock: FakeClock;
  /** Hosts for which a secret was asked, in order. */
  readonly asked: { name: string; host: string }[];
  publish(document: JsonObject): void;
  open(connector: string): Promise<{ resolved: ResolvedConnector; context: AdapterContext; connector: ConnectorView }>;
}

export function bench(
  documents: readonly JsonObject[],
  options: Partial<Omit<FactoryDeps, 'definitions' | 'secrets' | 'clock'>> & {
    readonly secrets?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  } = {},
): Bench {
  const clock = fakeClock();
  const versions = new Map<string, JsonObject[]>();
  const asked: { name: string; host: string }[] = [];
  const publish = (document: JsonObject): void => {
    const id = String(document['id']);
    versions.set(id, [...(versions.get(id) ?? []), document]);
  };
  for (const document of documents) publish(document);
  const found = (id: string, version: number) => {
    const document = versions.get(id)?.[version - 1];
    if (document === undefined) return null;
    const by = 'user:owner' as PrincipalId;
    return { kind: 'Connector' as const, id, version, digest: '', document, publishedBy: by, publishedAt: clock.now() };
  };
  const adapters = createAdapters({
    modules: registryOf(),
    allowPrivate: () => true,
    ...options,
    clock,
    definitions: {
      active: async (_tenant, _kind, id) => found(id, versions.get(id)?.length ?? 0),
      version: async (_tenant, _kind, id, version) => found(id, version),
    },
    secrets: {
      resolve: async (_tenant, name, host) => {
        asked.push({ name, host });
        const value = options.secrets?.[name];
        if (value === undefined) throw new StepFault('SECRET_UNKNOWN', name);
        return value;
      },
    },
  });
  return {
    adapters,
    clock,
    asked,
    publish,
    async open(id) {
      const resolved = await adapters.resolve(TENANT, id);
      const context = resolved.context(options.signal ?? new AbortController().signal, () => undefined);
      return { resolved, context, connector: resolved.connector };
    },
  };
}

/** A connector document over HTTP with as little as possible. */
export function httpConnector(
  baseUrl: string,
  rest: {
    readonly settings?: JsonObject;
    readonly resources?: JsonObject;
    readonly commands?: JsonObject;
    readonly adapter?: string;
  } = {},
): JsonObject {
  return {
    kind: 'Connector',
    id: 'outside',
    category: 'datasource',
    adapter: rest.adapter ?? 'datasource/http-json',
    settings: { baseUrl, allowedHosts: ['127.0.0.1'], timeout: 2_000, ...rest.settings },
    resources: rest.resources ?? {},
    commands: rest.commands ?? {},
  };
}
