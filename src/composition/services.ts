/** The only wiring: settings in, use cases' dependencies out. Platforms are loaded here, each only where it is used. */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Services } from '../../functions/services.ts';
import type { Deps } from '../ports/deps.ts';
import { createAdapters, type AdapterFactory } from '../adapters/factory.ts';
import { loadOwnModules } from '../adapters/own-modules.ts';
import { registryOf } from '../adapters/registry.ts';
import { readinessOf } from '../app/health.ts';
import { createPlanCache } from '../app/plan-cache.ts';
import { trustedIssuers, type Settings } from '../config/settings.ts';
import { tenantId } from '../domain/ids.ts';
import type { ContextVault } from '../ports/context-vault.ts';
import { durableLanes, type DurableLanes } from '../platform/durable/lanes.ts';
import { createExpressions } from '../platform/expressions/expressions.ts';
import { knownTenants, probesOf } from './probes.ts';
import { jwtIdentity } from '../platform/identity/jwt.ts';
import { jsonLog, type LogEntry } from '../platform/telemetry/json-log.ts';
import { currentTraceparent } from '../platform/telemetry/tracing.ts';

/** What a platform brings; everything else is the same on both. */
export type PlatformPorts = Pick<
  Deps,
  | 'runs'
  | 'definitions'
  | 'vault'
  | 'keys'
  | 'blobs'
  | 'secrets'
  | 'tenantLog'
  | 'requests'
  | 'idempotency'
  | 'slots'
  | 'directory'
  | 'notifier'
  | 'clock'
  | 'ids'
> & {
  /** Where the platform sends what the log tells, when it sends it anywhere. */
  readonly exporter?: { forward(entry: LogEntry): void } | null;
  close(): Promise<void>;
};

export interface Composed extends Services {
  readonly lanes: DurableLanes;
  readonly adapters: AdapterFactory;
  close(): Promise<void>;
}

export async function compose(settings: Settings, version: string, platform?: PlatformPorts): Promise<Composed> {
  // Before the stores are opened: a refused module leaves nothing open behind.
  const own = await loadOwnModules(packageRoot(), (settings.COUNTERSIGN_ADAPTERS ?? []).map(moduleSetting));
  const modules = registryOf(own.map(({ module }) => module));
  const ports = platform ?? (await openPlatform(settings));
  const { clock, ids } = ports;
  const telemetry = jsonLog({
    level: settings.COUNTERSIGN_LOG,
    write: (line) => process.stdout.write(line),
    now: () => clock.now(),
    newId: () => ids.next(),
    keep: faultKeeper(settings, ports.vault),
    ...(ports.exporter ? { forward: ports.exporter.forward } : {}),
  });
  const lanes = durableLanes();
  const tenants = knownTenants(settings.COUNTERSIGN_TENANTS ?? []);
  const allowed = new Set(settings.COUNTERSIGN_PLATFORM === 'local' ? (settings.COUNTERSIGN_ALLOW_PRIVATE ?? []) : []);
  const adapters = createAdapters({
    definitions: ports.definitions,
    secrets: ports.secrets,
    clock,
    traceparent: currentTraceparent,
    modules,
    ...(allowed.size > 0 ? { allowPrivate: (_tenant, connector) => allowed.has('*') || allowed.has(connector) } : {}),
  });
  const expressions = createExpressions({ workerUrl: workerUrl() });
  const deps: Deps = {
    ...ports,
    adapters,
    expressions,
    lanes,
    telemetry,
    plans: createPlanCache(ports.definitions),
    settings: {
      publicBaseUrl: settings.COUNTERSIGN_PUBLIC_URL.replace(/\/$/, ''),
      stepConcurrency: 32,
      silenceMs: settings.COUNTERSIGN_SILENCE_MS,
      retentionMs: settings.COUNTERSIGN_RETENTION_DAYS * 86_400_000,
    },
  };
  return {
    deps,
    lanes,
    adapters,
    version,
    checkConnector: (document) => adapters.check(document),
    identity: tenants.watching(
      jwtIdentity({ issuers: trustedIssuers(settings), audience: settings.COUNTERSIGN_AUDIENCE }),
    ),
    readiness: readinessOf(probesOf(ports, lanes, (settings.COUNTERSIGN_TENANTS ?? []).map(tenantId)[0]), { clock }),
    tenants: tenants.known,
    historyDays: settings.COUNTERSIGN_HISTORY_DAYS,
    async close() {
      // First of all: what fails because the rest is closed must not be recorded as an outcome of a step.
      await ports.close();
      await expressions.close();
      await adapters.close();
    },
  };
}

async function openPlatform(settings: Settings): Promise<PlatformPorts> {
  if (settings.COUNTERSIGN_PLATFORM === 'azure') {
    const { openAzurePlatform } = await import('../platform/azure/platform.ts');
    return openAzurePlatform(settings);
  }
  const { openLocalPlatform } = await import('../platform/local/platform.ts');
  return openLocalPlatform({ directory: settings.COUNTERSIGN_DATA ?? '.countersign' });
}

/** In the bundle the worker lies beside it; from source it is a file of its own folder. */
function workerUrl(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../platform/expressions/worker.ts', import.meta.url)
    : new URL('./expression-worker.mjs', import.meta.url);
}

function packageRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..');
}

/** `path=sha256` of the file, as the deployment lists it. */
function moduleSetting(text: string): { path: string; sha256: string } {
  const [path = '', sha256 = ''] = text.split('=');
  return { path, sha256 };
}

/** Texts of unexpected faults, sealed under a key of the platform; on Azure the log line with the error id must do. */
function faultKeeper(settings: Settings, vault: ContextVault): (errorId: string, text: string) => void {
  const data = settings.COUNTERSIGN_DATA;
  if (settings.COUNTERSIGN_PLATFORM !== 'local' || data === undefined) return () => undefined;
  const tenant = tenantId('platform');
  return (errorId, text) => {
    const keep = async () => {
      const sealed = await vault.seal(
        { tenant, kind: 'tenant', id: tenant, path: `fault/${errorId}`, field: 'text', attempt: 0 },
        text,
      );
      await mkdir(join(data, 'faults'), { recursive: true, mode: 0o700 });
      await appendFile(join(data, 'faults', 'faults.jsonl'), `${JSON.stringify({ errorId, sealed })}\n`, {
        mode: 0o600,
      });
    };
    keep().catch((error: unknown) =>
      process.stderr.write(
        `the text of fault ${errorId} could not be kept (${error instanceof Error ? error.name : 'error'})\n`,
      ),
    );
  };
}
