/** T4b, the short run: mutated answers of an outside system never end in anything but a value or a known fault. */
import { test } from 'node:test';
import { judgeMutatedAnswers } from '../../support/outside/mutated-answers.ts';

test('300 mutated answers end as values, faults with a code, or lost writes', (t) =>
  judgeMutatedAnswers(t, 'adapters-short', 300));
