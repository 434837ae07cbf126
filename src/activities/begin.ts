/** Turn of `$begin`: the run has its place, and its roots are claimed. */
import { commitRun, type Committed } from '../app/commit-run.ts';
import type { Deps } from './deps.ts';
import type { Found } from './turn-classify.ts';
import type { LaneTurn } from './turn.ts';

export function beginRun(deps: Deps, turn: LaneTurn, { stored }: Extract<Found, { kind: 'WORK' }>): Promise<Committed> {
  const { fence, lane } = turn;
  return commitRun(deps, turn, () => ({ event: { type: 'BEGUN', fence, lane } }), stored);
}
