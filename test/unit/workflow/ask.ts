/** Asks validation about a text and compares codes with places; shared by the tables of the language's tests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateWorkflow } from '../../../src/domain/workflow/validate-workflow.ts';
import { documentOf, surroundings } from './examples.ts';

const catalogue = surroundings();

/** `CODE /place` of every problem. */
export const problemsOf = (text: string): readonly string[] =>
  validateWorkflow(documentOf(text), catalogue).problems.map((p) => `${p.code} ${p.pointer}`);
export const steps = (...list: readonly string[]): string =>
  `id: x\ninput: {}\nsteps:\n${list.map((s) => `  - ${s}\n`).join('')}`;
export const value = (id: string, map: string, more = ''): string =>
  `{ id: ${id}, verb: TRANSFORM, map: ${map}${more} }`;

export type Row = readonly [name: string, text: string, expected: readonly string[]];

export function ask(table: readonly Row[]): void {
  for (const [name, text, expected] of table) {
    test(`validate: ${name}`, () => assert.deepEqual([...problemsOf(text)].sort(), [...expected].sort()));
  }
}
