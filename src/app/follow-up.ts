/**
 * What a commit makes necessary outside the records: abort signals, lanes to start, bells to ring. All of it is safe to
 * repeat and safe to lose; what fails is reported and left to the sweep.
 */
import type { RunScope } from '../domain/ids.ts';
import type { Follow } from '../domain/run/events.ts';
import type { Head } from '../domain/run/head.ts';
import type { Deps } from '../ports/deps.ts';
import { abortSteps } from './running-steps.ts';

type Outside = Pick<Deps, 'lanes' | 'telemetry'>;

/** Reason of an abort by control: the step is to stop, and its true result is recorded as such. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

export async function follow(deps: Outside, scope: RunScope, head: Head, effects: Follow): Promise<void> {
  const { starts, rings, aborts } = effects;
  if (aborts.length > 0) abortSteps(scope, aborts, new Cancelled());
  if (starts.length + rings.length === 0) return;
  await Promise.all([
    ...starts.map(({ lane, turn }) => attempt(deps, head, turn.step, () => deps.lanes.start(lane, turn))),
    ...rings.map(({ lane, bell }) => attempt(deps, head, null, () => deps.lanes.ring(lane, bell))),
  ]);
}

async function attempt(deps: Outside, head: Head, step: number | null, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    deps.telemetry.fault('HUB_UNAVAILABLE', error, { tenant: head.tenant, run: head.run, step });
  }
}
