/**
 * The end of a run's data: its key is destroyed, so that nothing sealed under it can be read anywhere, backups included,
 * once caches have run out (five minutes at most); its blobs are removed. Records and chain stay and still verify. Safe
 * to repeat: what has been done is not done again, except that the tenant's chain may tell it twice.
 */
import type { Deps } from '../ports/deps.ts';
import { SYSTEM, type RunScope } from '../domain/ids.ts';
import { isEndState } from '../domain/run/head.ts';
import type { EngineDeps } from './commit-run.ts';

type Eraser = EngineDeps & Pick<Deps, 'keys' | 'blobs' | 'tenantLog'>;

/** Delivery of the entry that the run's own end has posted; the commit that follows writes it into the run's chain. */
export async function eraseRun(deps: Eraser, scope: RunScope): Promise<void> {
  const { tenant, run } = scope;
  const stored = await deps.runs.readHead(scope);
  // Opened again between the look of the sweep and now: its data is needed.
  if (stored === null || !isEndState(stored.head.state)) return;
  await deps.keys.destroy({ tenant, kind: 'run', id: run });
  const blobs = await deps.blobs.removePrefix(tenant, `run/${run}/`);
  const facts = { run, reason: 'retention', blobs };
  await deps.tenantLog.append(tenant, { at: deps.clock.now(), by: SYSTEM, type: 'run.erased', facts });
  deps.telemetry.event('run.erased', { tenant, run, blobs });
}
