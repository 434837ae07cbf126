/** What readiness asks of each dependency, and which tenants are measured. Apart from the wiring because it only looks. */
import type { Probe } from '../app/health.ts';
import { StepFault } from '../domain/errors.ts';
import { principalId, tenantId, type TenantId } from '../domain/ids.ts';
import type { DurableLanes } from '../platform/durable/lanes.ts';
import type { Deps } from '../ports/deps.ts';
import type { Identity } from '../ports/identity.ts';

/** A tenant that has nothing: every question has a short answer. */
const NOBODY = tenantId('readiness');
/** Of the form that every directory knows, and nobody's. */
const NO_PERSON = principalId('00000000-0000-0000-0000-000000000000');

/** `home`: a tenant whose people the directory knows; of others it is not asked. */
export function probesOf(
  ports: Pick<Deps, 'definitions' | 'keys' | 'blobs' | 'secrets' | 'directory'>,
  lanes: Pick<DurableLanes, 'probe'>,
  home: TenantId = NOBODY,
): readonly Probe[] {
  return [
    { name: 'records', probe: async () => void (await ports.definitions.list(NOBODY, 'Workflow', 1, null)) },
    { name: 'keys', probe: async () => void (await ports.keys.mac(NOBODY, 'index')) },
    { name: 'blobs', probe: async () => void (await ports.blobs.get(NOBODY, 'run/readiness/none')) },
    {
      name: 'secrets',
      probe: () => unknownIsAnAnswer(ports.secrets.resolve(NOBODY, 'readiness', 'readiness.invalid')),
    },
    { name: 'directory', probe: async () => void (await ports.directory.find(home, NO_PERSON)) },
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
