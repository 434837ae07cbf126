/** What readiness asks of each dependency, and which tenants are measured. Apart from the wiring because it only looks. */
import type { Probe } from '../app/health.ts';
import { StepFault } from '../domain/errors.ts';
import { tenantId, type TenantId } from '../domain/ids.ts';
import type { DurableLanes } from '../platform/durable/lanes.ts';
import type { Identity } from '../ports/identity.ts';
import type { PlatformPorts } from './services.ts';

/** A tenant that has nothing: every question has a short answer. */
const NOBODY = tenantId('readiness');

export function probesOf(ports: PlatformPorts, lanes: Pick<DurableLanes, 'probe'>): readonly Probe[] {
  return [
    { name: 'records', probe: async () => void (await ports.definitions.list(NOBODY, 'Workflow', 1, null)) },
    { name: 'keys', probe: async () => void (await ports.keys.mac(NOBODY, 'index')) },
    { name: 'blobs', probe: async () => void (await ports.blobs.get(NOBODY, 'run/readiness/none')) },
    {
      name: 'secrets',
      probe: () => unknownIsAnAnswer(ports.secrets.resolve(NOBODY, 'readiness', 'readiness.invalid')),
    },
    { name: 'hub', probe: () => lanes.probe() },
  ];
}

async function unknownIsAnAnswer(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof StepFault)) throw error;
  }
}

/** The tenants of the settings, and those whose people have called this process. */
export function knownTenants(configured: readonly string[]) {
  const known = new Set<TenantId>(configured.map(tenantId));
  return {
    known: (): readonly TenantId[] => [...known],
    watching: (identity: Identity): Identity => ({
      async verify(authorization) {
        const principal = await identity.verify(authorization);
        if (!('refused' in principal)) known.add(principal.tenant);
        return principal;
      },
    }),
  };
}
