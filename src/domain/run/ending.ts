/** The run attempt has its one outcome: set here and nowhere else. */
import type { EndState } from './head.ts';
import type { Draft } from './draft.ts';
import { post } from './steps.ts';

/** Whatever the run holds or waits for under its concurrency key is given back by the outbox. */
export function close(draft: Draft, outcome: EndState): void {
  const { control, now } = draft;
  control.state = outcome;
  control.endingAs = outcome;
  control.pausedBy = null;
  control.pendingReason = null;
  control.endedAt = now;
  if (control.slot === null) return;
  control.slot = { ...control.slot, grant: 0 };
  const id = `slot~end~${control.attempt}`;
  post(draft, [{ id, kind: 'release-slot', step: null, document: null, attempts: 0, notBefore: now }]);
}
