/**
 * Random orchestrations: made up as data, run by the app's `program` orchestrator, checked against what they must answer.
 * A wrong event id shows as a wrong value, a failure, or an instance that never ends.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HubOptions } from '../../../src/host/hub/hub.ts';
import { testHub } from './support.ts';

type Step =
  | { op: 'act'; key: string; value: number; ms: number }
  | { op: 'retry'; key: string; fails: number; value: number; ms: number }
  | { op: 'timer'; ms: number }
  | { op: 'child'; steps: Step[] }
  | { op: 'count'; key: string }
  | { op: 'signal'; key: string }
  | { op: 'all' | 'any'; of: Step[] };

/** Shapes without names and values; `fill` gives every activity its own, so that answers cannot be mistaken. */
const shape = fc.letrec<{ step: Step; task: Step }>((tie) => ({
  task: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ op: fc.constant('act' as const), key: fc.constant(''), value: fc.constant(0), ms: fc.nat(2) }),
    fc.record({
      op: fc.constant('retry' as const),
      key: fc.constant(''),
      fails: fc.nat(3),
      value: fc.constant(0),
      ms: fc.nat(2),
    }),
    fc.record({ op: fc.constant('timer' as const), ms: fc.nat(4) }),
    fc.record({ op: fc.constant('count' as const), key: fc.constant('') }),
    fc.record({ op: fc.constant('child' as const), steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      op: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('task'), { minLength: 1, maxLength: 4 }),
    }),
  ),
  step: fc.oneof(
    { weight: 6, arbitrary: tie('task') },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('signal' as const), key: fc.constant('') }) },
  ),
}));

const program = fc.array(shape.step, { minLength: 1, maxLength: 6 });

let names = 0;
function fill(step: Step, run: string): Step {
  if ('of' in step) return { ...step, of: step.of.map((one) => fill(one, run)) };
  if ('steps' in step) return { ...step, steps: step.steps.map((one) => fill(one, run)) };
  names += 1;
  if (step.op === 'timer') return step;
  const key = `${run}-${names}`;
  return 'value' in step ? { ...step, key, value: names } : { ...step, key };
}

const FAILED = Symbol('failed');

/** What a step must answer; a compound of which a part fails, fails. Inside `any` the order decides, so nothing is said. */
function expected(step: Step): unknown {
  switch (step.op) {
    case 'act':
      return step.value;
    case 'retry':
      return step.fails < 3 ? step.value : FAILED;
    case 'timer':
      return 'fired';
    case 'child':
      return answers(step.steps);
    case 'count':
      return 1;
    case 'signal':
      return undefined;
    case 'any':
      return 'one of them';
    case 'all': {
      const parts = step.of.map(expected);
      return parts.includes(FAILED) ? FAILED : parts;
    }
  }
}

function answers(steps: Step[]): unknown[] {
  return steps
    .filter(({ op }) => op !== 'signal')
    .map(expected)
    .map((value) => (value === FAILED ? 'failed' : value));
}

export async function runPrograms(seed: number, numRuns: number, options: Partial<HubOptions>): Promise<void> {
  const hub = await testHub(options);
  try {
    const programs = fc.sample(program, { seed, numRuns });
    await Promise.all(
      programs.map(async (steps, index) => {
        const filled = steps.map((step) => fill(step, `${seed}-${index}`));
        const output = await hub.run('program', { steps: filled });
        assert.deepEqual(output, answers(filled), `seed ${seed}, program ${index}: ${JSON.stringify(filled)}`);
      }),
    );
  } finally {
    await hub.stop();
  }
}
