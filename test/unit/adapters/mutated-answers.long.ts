/** T4b, the long run: 10,000 mutated answers; the seed may be given as `SEED`. */
import { test } from 'node:test';
import { judgeMutatedAnswers } from '../../support/outside/mutated-answers.ts';

test('10,000 mutated answers end as values, faults with a code, or lost writes', (t) =>
  judgeMutatedAnswers(t, process.env['SEED'] ?? 'adapters-long', 10_000));
