/** Random definitions: whatever is written, validation answers; what it accepts compiles to a plan that means the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { compilePlan } from '../../src/domain/workflow/compile.ts';
import { mermaid } from '../../src/domain/workflow/mermaid.ts';
import { parseText } from '../../src/domain/workflow/parse.ts';
import type { Plan } from '../../src/domain/workflow/plan.ts';
import { validateDocument } from '../../src/domain/workflow/validate-document.ts';
import type { Kind } from '../../src/domain/workflow/validate-document.ts';
import { validateWorkflow } from '../../src/domain/workflow/validate-workflow.ts';
import { documentOf, LABOUR, REORDER, SURROUNDINGS, surroundings } from '../unit/workflow/examples.ts';

const catalogue = surroundings();
const seed = Number(process.env['SEED'] ?? 20_260_101);
const runs = (numRuns: number): { seed: number; numRuns: number } => ({ seed, numRuns });
console.log(`seed ${seed}`);

type Block = string | { readonly gate: string; readonly branches: readonly (readonly Block[])[] };

/** A listed list as a tree: steps, and gates with up to three branches, nested up to three deep. */
const block = (depth: number): fc.Arbitrary<Block> =>
  depth === 0
    ? fc.constant('step')
    : fc.oneof(
        { weight: 3, arbitrary: fc.constant('step') },
        {
          weight: 1,
          arbitrary: fc
            .array(fc.array(block(depth - 1), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
            .map((branches): Block => ({ gate: 'gate', branches })),
        },
      );

interface Written {
  readonly document: JsonObject;
  readonly list: readonly Named[];
}
type Named = { readonly id: string; readonly branches: readonly (readonly Named[])[] | null };

function write(blocks: readonly Block[]): Written {
  let n = 0;
  const steps: JsonObject[] = [];
  const lay = (list: readonly Block[]): readonly Named[] =>
    list.map((one) => {
      n += 1;
      const id = `s${n}`;
      if (typeof one === 'string') {
        steps.push({ id, verb: 'TRANSFORM', map: 1 });
        return { id, branches: null };
      }
      const at = steps.length;
      steps.push({});
      const branches = one.branches.map(lay);
      const all = (inner: readonly Named[]): string[] =>
        inner.flatMap((s) => [s.id, ...(s.branches ?? []).flatMap(all)]);
      const [first = [], ...rest] = branches;
      const targets = branches.map(all);
      steps[at] =
        targets.flat().length === 0
          ? { id, verb: 'TRANSFORM', map: 1 }
          : rest.length === 0
            ? { id, verb: 'LOGIC_GATE', if: 'input.a', then: all(first) }
            : {
                id,
                verb: 'LOGIC_GATE',
                switch: targets.slice(0, -1).map((then) => ({ if: 'input.a', then })),
                else: targets.at(-1) ?? [],
              };
      return { id, branches: targets.flat().length === 0 ? null : branches };
    });
  const list = lay(blocks);
  return { document: { id: 'x', input: {}, order: 'listed', steps }, list };
}

/** What an author expects: one step after the other; of a gate's branches exactly one. */
function expected(list: readonly Named[], choose: (id: string) => number): readonly string[] {
  return list.flatMap(({ id, branches }) =>
    branches === null ? [id] : [id, ...expected(branches[choose(id)] ?? [], choose)],
  );
}

/** Runs a plan by LANGUAGE §3's rules, always the lowest ready step first. */
function run(plan: Plan, choose: (id: string) => number): readonly string[] {
  const state = new Map<number, 'ran' | 'skipped'>();
  const order: string[] = [];
  for (;;) {
    const ready = plan.steps.find((s) => !state.has(s.ordinal) && s.dependsOn.every((d) => state.has(d)));
    if (ready === undefined) break;
    const notChosen = ready.gates.some(
      (g) => state.get(g.gate) === 'ran' && choose(plan.steps[g.gate - 1]?.id ?? '') !== g.branch,
    );
    const allSkipped = ready.dependsOn.length > 0 && ready.dependsOn.every((d) => state.get(d) === 'skipped');
    const skipped = notChosen || allSkipped;
    state.set(ready.ordinal, skipped ? 'skipped' : 'ran');
    if (!skipped) order.push(ready.id);
  }
  assert.equal(state.size, plan.steps.length, 'every step ends');
  return order;
}

test('a listed workflow runs exactly what its author sees, in order, whichever branch is chosen', () => {
  fc.assert(
    fc.property(fc.array(block(3), { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat(2)), (blocks, choices) => {
      const { document, list } = write(blocks);
      assert.deepEqual(validateWorkflow(document, catalogue).problems, []);
      const plan = compilePlan(document, 1, 'd');
      const chosen = new Map<string, number>();
      const choose = (id: string): number => {
        const action = plan.steps.find((s) => s.id === id)?.action;
        const count = action?.verb === 'LOGIC_GATE' ? action.branches.length : 1;
        const known = chosen.get(id) ?? (choices.next().value as number) % count;
        chosen.set(id, known);
        return known;
      };
      assert.deepEqual(run(plan, choose), expected(list, choose));
    }),
    runs(400),
  );
});

test('a graph keeps every dependency it was given, and an order exists', () => {
  const graph = fc
    .integer({ min: 1, max: 25 })
    .chain((n) =>
      fc.tuple(
        ...Array.from({ length: n }, (_, i) =>
          fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 4 }),
        ),
      ),
    );
  fc.assert(
    fc.property(graph, fc.boolean(), (edges, backwards) => {
      const steps = edges.map((own, i) => ({
        id: `s${i}`,
        verb: 'TRANSFORM',
        map: 1,
        dependsOn: own.map((d) => `s${d}`),
      }));
      const document = { id: 'x', input: {}, order: 'graph', steps: backwards ? steps.toReversed() : steps };
      assert.deepEqual(validateWorkflow(document, catalogue).problems, []);
      const plan = compilePlan(document, 1, 'd');
      for (const step of plan.steps) {
        const given = edges[Number(step.id.slice(1))] ?? [];
        assert.deepEqual(new Set(step.dependsOn.map((d) => plan.steps[d - 1]?.id)), new Set(given.map((d) => `s${d}`)));
      }
      assert.equal(run(plan, () => 0).length, edges.length);
    }),
    runs(200),
  );
});

/** Every place in a document. */
function places(value: Json, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value as JsonObject);
  return [path, ...entries.flatMap(([key, one]) => places(one as Json, [...path, key]))];
}
function replaced(value: Json, path: readonly (string | number)[], by: Json | undefined): Json {
  const [head, ...rest] = path;
  if (head === undefined) return by ?? null;
  if (Array.isArray(value)) {
    return value.flatMap((one: Json, i) =>
      i === head ? (rest.length === 0 && by === undefined ? [] : [replaced(one, rest, by)]) : [one],
    );
  }
  return Object.fromEntries(
    Object.entries(value as JsonObject).flatMap(([key, one]) =>
      key !== head ? [[key, one]] : rest.length === 0 && by === undefined ? [] : [[key, replaced(one, rest, by)]],
    ),
  );
}

const documents: readonly { readonly kind: Kind; readonly document: JsonObject }[] = [
  { kind: 'Workflow', document: documentOf(LABOUR) },
  { kind: 'Workflow', document: documentOf(REORDER) },
  ...parseText(SURROUNDINGS).documents.map(({ document }) => ({ kind: document['kind'] as Kind, document })),
];
const junk: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    '',
    '{{',
    '{{ }}',
    '{{ steps }}',
    '{{ $eval("1") }}',
    '{{ item.a & /(/ }}',
    'steps.a',
    'true',
    '((((',
    'erp',
    'labour',
    'policy',
    [],
    {},
    -1,
    1e308,
    '\u0000',
    'P1D',
    'a'.repeat(10_000),
  ),
);

test('whatever is changed in a document, validation answers; what it accepts compiles and draws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 4 }),
      ({ kind, document }, changes) => {
        let changed: Json = document;
        for (const [at, by] of changes) {
          const all = places(changed).slice(1);
          const path = all[at % Math.max(1, all.length)];
          if (path !== undefined) changed = replaced(changed, path, by);
        }
        const { problems } = validateDocument(kind, changed as JsonObject, catalogue);
        for (const p of problems) assert.ok(p.message.length > 0 && (p.pointer === '' || p.pointer.startsWith('/')));
        if (kind !== 'Workflow' || problems.length > 0) return;
        const plan = compilePlan(changed as JsonObject, 1, 'd');
        assert.ok(mermaid(plan).startsWith('flowchart'));
        assert.ok(plan.steps.every((s, i) => s.ordinal === i + 1));
      },
    ),
    runs(1_000),
  );
});

test('whatever the text, parsing answers', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .tuple(
        fc.constantFrom(LABOUR, REORDER),
        fc.nat(3_000),
        fc.nat(40),
        fc.string({ unit: 'grapheme', maxLength: 10 }),
      )
      .map(([base, at, length, put]) => {
        const from = at % base.length;
        return base.slice(0, from) + put + base.slice(from + length);
      }),
    fc
      .array(
        fc.constantFrom(
          'a',
          ':',
          ' ',
          '\n',
          '-',
          '[',
          ']',
          '{',
          '}',
          '&a',
          '*a',
          '!!str',
          '"',
          "'",
          '|',
          '>',
          '?',
          '#',
          '---',
          '1',
          '~',
          '\t',
          '%',
        ),
        { maxLength: 40 },
      )
      .map((l) => l.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const { documents: read, problems } = parseText(given);
      assert.ok(read.length > 0 || problems.length > 0);
      for (const { document } of read) assert.doesNotThrow(() => validateWorkflow(document, catalogue));
    }),
    runs(1_500),
  );
});
