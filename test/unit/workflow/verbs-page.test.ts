import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ADDED_FUNCTIONS, CEL_FUNCTIONS, REMOVED_FUNCTIONS } from '../../../src/domain/expression/functions.ts';
import { definitionJsonSchema } from '../../../src/domain/workflow/published-schema.ts';
import { parseText } from '../../../src/domain/workflow/parse.ts';
import { VERB_SCHEMAS } from '../../../src/domain/workflow/shape/steps.ts';
import { stepsForm } from '../../../src/domain/workflow/shape/workflow.ts';

const page = readFileSync(new URL('../../../docs/verbs.md', import.meta.url), 'utf8');
const sections = new Map(page.split(/^## /m).map((text) => [text.split('\n', 1)[0] ?? '', text]));
const common = sections.get('Keys of every step') ?? '';

for (const [verb, schema] of Object.entries(VERB_SCHEMAS)) {
  test(`the page of verbs names every key of ${verb}, and its example is right`, () => {
    const section = sections.get(verb) ?? '';
    for (const key of Object.keys(schema.shape)) {
      if (key !== 'verb') assert.ok(`${section}${common}`.includes(`\`${key}\``), key);
    }
    const examples = [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example ?? '');
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const { documents, problems } = parseText(`steps:\n${example}`);
      assert.deepEqual(problems, []);
      const list = documents[0]?.document['steps'];
      assert.ok(Array.isArray(list));
      const step: unknown = list[0];
      assert.deepEqual(schema.safeParse(step).error?.issues, undefined);
    }
  });
}

test('the page of verbs names every key of a workflow and every function that is added or removed', () => {
  const section = sections.get('Keys of a workflow') ?? '';
  for (const key of Object.keys(stepsForm.shape)) assert.ok(section.includes(`\`${key}\``), key);
  for (const name of [...ADDED_FUNCTIONS, ...REMOVED_FUNCTIONS]) assert.ok(page.includes(`$${name}`), name);
  for (const name of CEL_FUNCTIONS) assert.ok(page.includes(name), name);
  assert.ok(definitionJsonSchema()['anyOf']);
});
