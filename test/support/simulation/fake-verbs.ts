/**
 * Verbs that play a part: how each step goes is decided by the simulation, and every execution is counted. A GOVERN
 * suspends and is decided by people that the simulation plays; a gate chooses its last branch or the one it is told.
 */
import type { Verbs } from '../../../src/activities/step-work.ts';
import type { Step, StepOutcome } from '../../../src/activities/step.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import type { Action } from '../../../src/domain/workflow/plan.ts';

export type Part = (step: Step<Action>) => Promise<StepOutcome> | StepOutcome;

export interface FakeVerbs {
  readonly verbs: Verbs;
  /** By step id: how often its verb was entered. */
  readonly entered: Map<string, number>;
}

export function fakeVerbs(parts: Readonly<Record<string, Part>> = {}, otherwise: Part = worksFine): FakeVerbs {
  const entered = new Map<string, number>();
  const play = async (step: Step<Action>): Promise<StepOutcome> => {
    const { id } = step.step;
    entered.set(id, (entered.get(id) ?? 0) + 1);
    return (parts[id] ?? otherwise)(step);
  };
  const verbs = {
    FETCH: play,
    LOOKUP: play,
    PUSH: play,
    EXECUTE: play,
    TRANSFORM: play,
    GOVERN: play,
    LOGIC_GATE: play,
  } as unknown as Verbs;
  return { verbs, entered };
}

export const worksFine: Part = (step) => {
  const { action } = step.step;
  if (action.verb === 'LOGIC_GATE') return choose(action.branches.length - 1);
  if (action.verb === 'GOVERN') return { kind: 'succeeded', output: { decision: 'allowed' }, chosen: 1 };
  return { kind: 'succeeded', output: step.step.id };
};

export const choose = (branch: number): StepOutcome => ({
  kind: 'succeeded',
  output: { chosen: branch },
  chosen: branch,
});

/** Waits for the simulation's people, then does as they say. */
export const asksPeople =
  (dueMs: number | null = null): Part =>
  async (step) => {
    const id = `request~${step.step.ordinal}`;
    const standing = step.woken ? await step.deps.runs.readDocument(step.scope, 'request', id) : null;
    if (standing?.state === 'APPROVED') return { kind: 'succeeded', output: null, chosen: 1 };
    if (standing?.state === 'REJECTED') return { kind: 'succeeded', output: null, chosen: 0 };
    if (standing !== null) return { kind: 'failed', code: 'GOVERN_EXPIRED', detail: '' };
    const due = dueMs === null ? null : new Date(Date.parse(step.deps.clock.now()) + dueMs).toISOString();
    const about = { id, step: step.step.ordinal, state: 'OPEN', revision: 1, decisions: [] } as const;
    const request: Partial<RequestDocument> = { kind: 'request', ...about };
    return { kind: 'suspended', reason: 'APPROVAL', due, put: [request as RequestDocument], post: [] };
  };

export const fails =
  (code: 'OUTSIDE_REFUSED' | 'OUTSIDE_UNAVAILABLE' = 'OUTSIDE_REFUSED'): Part =>
  () => ({ kind: 'failed', code, detail: 'told to fail' });

/** Fails so often, then works. */
export const failsFirst =
  (times: number): Part =>
  (step) =>
    step.row.attempt <= times ? { kind: 'failed', code: 'OUTSIDE_UNAVAILABLE', detail: 'not yet' } : worksFine(step);

/** Takes so long, and stops when it is told to. */
export const takes =
  (ms: number, then: Part = worksFine): Part =>
  async (step) => {
    await step.deps.clock.sleep(ms, step.signal);
    return then(step);
  };
