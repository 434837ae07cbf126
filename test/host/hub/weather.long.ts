/** A hundred seeds of rough weather. */
import { test } from 'node:test';
import { arriveAll } from './arrive.ts';

for (let seed = 100; seed < 200; seed += 1) test(`every lane arrives (seed ${seed})`, () => arriveAll(seed));
