/**
 * Starts the demo's outside systems. Ports are kept in the folder and used again when free, because a connector's address is
 * part of what people approve; tokens are new at every start and never written down.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoDocuments } from './documents.ts';
import { startErp } from './erp.ts';
import { startFieldOperations } from './field-operations.ts';

export interface DemoPorts {
  readonly fieldOps: number;
  readonly erp: number;
}

export interface RunningDemo {
  readonly fieldOpsUrl: string;
  readonly erpUrl: string;
  /** Secret name → value, as the connectors of the workspace name them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly documents: readonly string[];
  stop(): Promise<void>;
}

/** Tokens of one start, by the names that the connectors of the workspace give them. */
export const newDemoSecrets = () => ({
  'field-ops-token': randomBytes(24).toString('base64url'),
  'erp-token': randomBytes(24).toString('base64url'),
});

export async function startDemo(options: {
  readonly directory: string;
  readonly ports?: DemoPorts;
  readonly secrets?: ReturnType<typeof newDemoSecrets>;
}): Promise<RunningDemo> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const remembered = join(options.directory, 'ports.json');
  const ports = options.ports ?? (await portsOf(remembered));
  const secrets = options.secrets ?? newDemoSecrets();
  const fieldOps = await startFieldOperations({ token: secrets['field-ops-token'], port: ports.fieldOps });
  const erp = await startErp({ directory: options.directory, token: secrets['erp-token'], port: ports.erp });
  await writeFile(remembered, JSON.stringify({ fieldOps: fieldOps.port, erp: erp.port } satisfies DemoPorts), {
    mode: 0o600,
  });
  const urls = { fieldOpsUrl: fieldOps.url, erpUrl: erp.url };
  return {
    ...urls,
    secrets,
    documents: demoDocuments(urls),
    async stop() {
      await Promise.all([fieldOps.stop(), erp.stop()]);
    },
  };
}

/** Any free ports when none are remembered, or when the note cannot be read: it is only a preference. */
async function portsOf(file: string): Promise<DemoPorts> {
  try {
    const { fieldOps, erp } = JSON.parse(await readFile(file, 'utf8')) as Partial<DemoPorts>;
    return { fieldOps: portOf(fieldOps), erp: portOf(erp) };
  } catch {
    return { fieldOps: 0, erp: 0 };
  }
}

function portOf(value: unknown): number {
  return Number.isInteger(value) && (value as number) > 1_023 && (value as number) < 65_536 ? (value as number) : 0;
}
