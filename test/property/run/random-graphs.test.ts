/**
 * A thousand random graphs, each driven in a random order, against a model that knows no order: it works out backwards
 * what each step must become from the outcomes alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runId, type LaneId } from '../../../src/domain/ids.ts';
import { advance } from '../../../src/domain/run/advance.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import { isEndState, type Head, type Row } from '../../../src/domain/run/head.ts';
import { newHead } from '../../../src/domain/run/new-run.ts';
import type { Plan, PlanStep } from '../../../src/domain/workflow/plan.ts';
import { planOf, randomSketches, type StepSketch } from '../../support/simulation/plans.ts';
import { PERSON, TENANT } from '../../support/simulation/world.ts';
import { seeded, type Seeded } from '../../support/seeded.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const GRAPHS = 1_000;

/** How each step would go if it ran: 0 succeeds, 1 fails and is tolerated, 2 its condition is false; gates and GOVERNs choose. */
interface Fate {
  readonly way: 0 | 1 | 2;
  readonly chosen: number;
}

/** The naive model: no events, no order, just the rules read backwards. */
function model(plan: Plan, fates: readonly Fate[]): readonly string[] {
  const known = new Map<number, string>();
  const become = (step: PlanStep): string => {
    const found = known.get(step.ordinal);
    if (found !== undefined) return found;
    const at = (ordinal: number): string => become(plan.steps[ordinal - 1] as PlanStep);
    const fate = (ordinal: number): Fate => fates[ordinal - 1] as Fate;
    const missed = step.gates.some(({ gate }) => {
      const branches = step.gates.filter((each) => each.gate === gate).map((each) => each.branch);
      return at(gate) !== 'SUCCEEDED' || !branches.includes(fate(gate).chosen);
    });
    const dead = step.dependsOn.length > 0 && step.dependsOn.every((each) => at(each) === 'LOGIC_GATE');
    const refused =
      step.governedBy !== null && (at(step.governedBy) !== 'SUCCEEDED' || fate(step.governedBy).chosen !== 1);
    const own = ['SUCCEEDED', 'FAILED', 'CONDITION'][fate(step.ordinal).way] as string;
    const result = missed || dead ? 'LOGIC_GATE' : refused ? 'NOT_APPROVED' : own;
    known.set(step.ordinal, result);
    return result;
  };
  return plan.steps.map(become);
}

function drive(plan: Plan, fates: readonly Fate[], random: Seeded): Head {
  const startedBy = { id: PERSON, kind: 'user' } as const;
  const scope = { tenant: TENANT, run: runId('r') };
  let head = newHead({
    scope,
    plan,
    startedBy,
    trigger: 'api',
    scheduledFor: null,
    businessKey: null,
    traceparent: null,
    now: NOW,
  });
  while (!isEndState(head.state)) {
    const row = random.pick(head.rows.filter((each) => each.state === 'RUNNING'));
    const advanced = advance(plan, head, eventFor(plan, row, fates), NOW);
    assert.ok(advanced.ok);
    head = advanced.head;
  }
  return head;
}

function eventFor(plan: Plan, row: Row, fates: readonly Fate[]): RunEvent {
  const { step, fence } = row;
  const at = { step, fence, lane: row.lane as LaneId };
  if (step === 0) return { type: 'BEGUN', fence, lane: at.lane };
  const fate = fates[step - 1];
  if (fate === undefined) return { type: 'ENDED', fence, outcome: 'SUCCEEDED', result: null };
  if (fate.way === 1) return { type: 'STEP_FAILED', ...at, code: 'NOT_FOUND', result: null, retryAt: null };
  if (fate.way === 2) return { type: 'STEP_SKIPPED', ...at, reason: 'CONDITION' };
  const chooses = plan.steps[step - 1]?.action.verb;
  const chosen = chooses === 'LOGIC_GATE' || chooses === 'GOVERN' ? fate.chosen : null;
  return { type: 'STEP_SUCCEEDED', ...at, result: null, chosen };
}

function withGoverns(random: Seeded, bare: readonly StepSketch[]): readonly StepSketch[] {
  const steps = bare.map((each): StepSketch =>
    each.branches === undefined && random.next() < 0.15 ? { ...each, verb: 'GOVERN' } : each,
  );
  return steps.map((each): StepSketch => {
    const policy = steps.find((other) => other.verb === 'GOVERN' && each.after?.includes(other.id));
    return policy === undefined || each.verb === 'GOVERN' || random.next() < 0.4
      ? each
      : { ...each, governedById: policy.id };
  });
}

test(`${GRAPHS} random graphs end as a naive model says`, () => {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const random = seeded(seed);
    const plan = planOf(withGoverns(random, randomSketches(random, 30)));
    const fates = plan.steps.map((): Fate => {
      const way = random.next();
      return { way: way < 0.7 ? 0 : way < 0.85 ? 1 : 2, chosen: random.below(2) };
    });
    const head = drive(plan, fates, random);
    const became = head.rows.slice(1, -1).map((row) => (row.state === 'SKIPPED' ? row.reason : row.state));
    assert.deepEqual(became, model(plan, fates), `seed ${seed}`);
    assert.equal(head.partial, became.includes('FAILED'), `seed ${seed}`);
  }
});
