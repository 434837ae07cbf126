/**
 * The only way to get an adapter. From (tenant, connector) it finds the stored version, the adapter that serves it, and binds
 * an `AdapterContext` to it. Versions are immutable, so what they resolve to is kept; the alias `active` is asked each time.
 */
import type { TenantId } from '../domain/ids.ts';
import { StepFault } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Adapters, ResolvedConnector } from '../ports/adapters.ts';
import type { Clock } from '../ports/clock.ts';
import type { DefinitionStore, DefinitionVersion } from '../ports/definition-store.ts';
import type { SecretBroker } from '../ports/secret-broker.ts';
import { systemResolver, type Resolver } from './http/resolver.ts';
import { Gate } from './http/gate.ts';
import type { AdapterModule } from './module.ts';
import type { Problem } from './problems.ts';
import { resolveModule } from './resolve.ts';
import { connectorRuntime, type ConnectorRuntime } from './runtime.ts';
import { policiesOf, viewOf } from './view.ts';

export interface AdapterFactory extends Adapters {
  /** All problems of a connector document that is not stored yet: its adapter's own, or that none serves it. */
  check(document: JsonObject): readonly Problem[];
  /** Closes all sockets. */
  close(): Promise<void>;
}

export interface FactoryDeps {
  readonly definitions: Pick<DefinitionStore, 'active' | 'version'>;
  readonly secrets: Pick<SecretBroker, 'resolve'>;
  readonly clock: Clock;
  /** From `registryOf`. */
  readonly modules: readonly AdapterModule[];
  /**
   * Whether this connector may reach loopback and private addresses, over plain HTTP too. A setting of the local platform:
   * composition for Azure passes nothing.
   */
  readonly allowPrivate?: (tenant: TenantId, connector: string) => boolean;
  readonly resolver?: Resolver;
  /** W3C trace context of the current step, to pass on. */
  readonly traceparent?: () => string | null;
}

interface Kept {
  readonly resolved: ResolvedConnector;
  readonly runtime: ConnectorRuntime;
}

/** Versions whose sockets are kept open at once. */
const MAX_KEPT = 200;

export function createAdapters(deps: FactoryDeps): AdapterFactory {
  const kept = new Map<string, Kept>();
  const gates = new Map<string, Gate>();

  const build = (tenant: TenantId, found: DefinitionVersion): Kept => {
    const module = resolveModule(found.document, deps.modules);
    const connector = viewOf(found.document, found.id, found.version, module);
    const runtime = connectorRuntime(connector, {
      allowPrivate: deps.allowPrivate?.(tenant, found.id) === true,
      resolver: deps.resolver ?? systemResolver,
      gate: gateOf(tenant, found.id),
      secret: (name, host, anew) => deps.secrets.resolve(tenant, name, host, anew),
      nowMs: () => Date.parse(deps.clock.now()),
      traceparent: deps.traceparent ?? (() => null),
    });
    const resolved: ResolvedConnector = {
      connector,
      adapter: module.adapter,
      policiesOf: (target) =>
        policiesOf('resource' in target ? connector.resources[target.resource] : connector.commands[target.command]),
      context: (signal, progress) => ({
        connector,
        http: runtime.http(signal),
        signal,
        now: () => deps.clock.now(),
        progress,
      }),
    };
    return { resolved, runtime };
  };

  const gateOf = (tenant: TenantId, connector: string): Gate => {
    const key = JSON.stringify([tenant, connector]);
    const gate = gates.get(key) ?? new Gate(deps.clock);
    gates.set(key, gate);
    return gate;
  };

  return {
    async resolve(tenant, connector, version) {
      const wanted = version === undefined ? null : kept.get(keyOf(tenant, connector, version));
      if (wanted != null) return wanted.resolved;
      const found =
        version === undefined
          ? await deps.definitions.active(tenant, 'Connector', connector)
          : await deps.definitions.version(tenant, 'Connector', connector, version);
      if (found === null) throw new StepFault('CONNECTOR_UNKNOWN', `there is no connector ${connector}`);
      const key = keyOf(tenant, connector, found.version);
      const standing = kept.get(key);
      const entry = standing ?? build(tenant, found);
      kept.delete(key);
      kept.set(key, entry);
      while (kept.size > MAX_KEPT) {
        // Entries in use stay reachable by who resolved them; their sockets close when idle.
        const [oldest] = kept.keys();
        kept.delete(oldest as string);
      }
      return entry.resolved;
    },

    check(document) {
      try {
        const module = resolveModule(document, deps.modules);
        return module.adapter.check(viewOf(document, String(document['id'] ?? ''), 0, module));
      } catch (error) {
        if (!(error instanceof StepFault)) throw error;
        return [{ pointer: '/adapter', message: error.detail }];
      }
    },

    async close() {
      await Promise.all([...kept.values()].map((entry) => entry.runtime.close()));
      kept.clear();
    },
  };
}

function keyOf(tenant: TenantId, connector: string, version: number): string {
  return JSON.stringify([tenant, connector, version]);
}
