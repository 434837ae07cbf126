/** All interleavings of 2–4 actors on small graphs: each step has one carrier, nothing is stuck, every path ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf, type StepSketch } from '../../support/simulation/plans.ts';
import { explore, type Interference } from './explore.ts';

const graphs: Readonly<Record<string, { readonly steps: readonly StepSketch[]; readonly mayFail: readonly string[] }>> =
  {
    'a diamond': {
      steps: [{ id: 'a' }, { id: 'b', after: ['a'] }, { id: 'c', after: ['a'] }, { id: 'd', after: ['b', 'c'] }],
      mayFail: ['b'],
    },
    'two joins': {
      steps: [
        { id: 'a' },
        { id: 'b' },
        { id: 'c', after: ['a', 'b'] },
        { id: 'd', after: ['a'] },
        { id: 'e', after: ['c', 'd'] },
        { id: 'f', list: 'FINALLY' },
      ],
      mayFail: ['d'],
    },
    'a gate with branches of different length': {
      steps: [
        { id: 'gate', branches: [['x', 'y'], ['z']] },
        { id: 'x' },
        { id: 'y', after: ['x'] },
        { id: 'z' },
        { id: 'join', after: ['y', 'z', 'gate'] },
      ],
      mayFail: ['gate', 'z'],
    },
    'a governed step beside a free one': {
      steps: [
        { id: 'policy', verb: 'GOVERN' },
        { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
        { id: 'free' },
        { id: 'last', after: ['post', 'free'] },
      ],
      mayFail: ['free'],
    },
    'handlers, onError and finally': {
      steps: [
        { id: 'bad', onError: 'continue' },
        { id: 'mend', handlerOf: 'bad' },
        { id: 'next', after: ['bad'] },
        { id: 'caught', list: 'ON_ERROR' },
        { id: 'always', list: 'FINALLY' },
      ],
      mayFail: ['bad', 'mend', 'next', 'caught', 'always'],
    },
  };

const interferences: readonly (readonly Interference[])[] = [
  [],
  ['CANCEL'],
  ['TERMINATE'],
  ['PAUSE'],
  ['TIMED_OUT'],
  ['TAKEN_OVER'],
  ['RETRY_STEP'],
  ['RETRY_RUN'],
  ['PAUSE', 'CANCEL'],
  ['CANCEL', 'RETRY_STEP'],
  ['TAKEN_OVER', 'CANCEL'],
];

for (const [name, { steps, mayFail }] of Object.entries(graphs)) {
  for (const kinds of interferences) {
    const actors = kinds.length === 0 ? 'lanes alone' : `lanes and ${kinds.join(', ')}`;
    test(`P2: ${name}: ${actors}`, () => {
      const { heads, ends } = explore(planOf(steps), mayFail, kinds);
      assert.ok(heads > 5 && ends.size > 0, `${heads} heads, ends ${[...ends].join(' ')}`);
    });
  }
}
