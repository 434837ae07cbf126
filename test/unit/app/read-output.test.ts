/** Outputs as far as a person may see them: what is masked, what a reveal shows, and what is written before it is answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOutput, type Reveal } from '../../../src/app/read-output.ts';
import { principalId } from '../../../src/domain/ids.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { ResultDocument } from '../../../src/domain/run/documents.ts';
import type { Sealed } from '../../../src/domain/sealing/sealed.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import type { Deps } from '../../../src/ports/deps.ts';
import type { TenantLogEntry } from '../../../src/ports/tenant-log.ts';
import { sampleHead, sampleResult, sampleRow, SAMPLE_AT, scopeOf } from '../../support/run-samples.ts';

const A = scopeOf('tenant-a', 'run-1');
const HIDDEN = { $sensitive: true };

interface Asked {
  readonly value: Json;
  /** What step 1 says of itself; null: the plan has no such step. */
  readonly sensitive: boolean | readonly string[] | null;
  readonly what?: ResultDocument['what'];
  readonly reveal?: readonly string[];
}

function world({ value, sensitive, what = 'output' }: Asked) {
  const told: string[] = [];
  const entries: Omit<TenantLogEntry, 'seq' | 'prev' | 'hash'>[] = [];
  const sealed: unknown[] = [];
  const deps = {
    runs: { readDocument: async () => ({ ...sampleResult(1, 1), what }) },
    vault: {
      open: async (place: { path: string; field: string }, _value: Sealed, purpose: string) => {
        told.push(`opened ${place.path} ${place.field} to ${purpose}`);
        return value;
      },
      seal: async (_place: unknown, why: unknown) => {
        sealed.push(why);
        return 's1.1.sealed';
      },
    },
    tenantLog: {
      append: async (_tenant: unknown, entry: (typeof entries)[number]) => {
        await new Promise((resolve) => setImmediate(resolve));
        entries.push(entry);
        told.push('written');
      },
    },
    clock: { now: () => SAMPLE_AT },
  } as unknown as Deps;
  const other = { sensitive: sensitive !== true };
  const steps = sensitive === null ? [] : [{ sensitive }, other];
  const head = sampleHead(A, 0, { rows: [0, 1].map((step) => sampleRow(A, step, { result: `result~${step}~1~1` })) });
  return { deps, told, entries, sealed, head, plan: { steps } as unknown as Plan };
}

async function read(asked: Asked) {
  const made = world(asked);
  const reveal: Reveal | null =
    asked.reveal === undefined ? null : { by: principalId('sam'), pointers: asked.reveal, reason: 'month-end' };
  const answer = await readOutput(made.deps, A, made.head, made.plan, 1, reveal);
  made.told.push('answered');
  return { ...made, answer };
}

const value = {
  word: 'hello',
  list: [
    { pay: 1, n: 2 },
    { pay: 3, n: 4 },
  ],
  'a/b': 1,
  '~1': 2,
};

test('a step that calls nothing sensitive is shown whole; one that calls all of it so is not even opened', async () => {
  assert.deepEqual((await read({ value, sensitive: false })).answer, { output: value });
  for (const asked of [{ sensitive: true }, { sensitive: null }, { sensitive: false, what: 'error' }] as const) {
    const { answer, told } = await read({ value, ...asked });
    assert.deepEqual([answer, told], [{ [('what' in asked && asked.what) || 'output']: HIDDEN }, ['answered']]);
  }
});

test('masks follow pointers: into every item of a list, one of it, and names with escapes', async () => {
  const masked = async (...sensitive: string[]): Promise<Json | undefined> =>
    (await read({ value, sensitive })).answer?.output;
  assert.deepEqual(await masked('/word', '/list/-/pay'), {
    ...value,
    word: HIDDEN,
    list: [
      { pay: HIDDEN, n: 2 },
      { pay: HIDDEN, n: 4 },
    ],
  });
  assert.deepEqual(await masked('/list/1', '/none/pay'), { ...value, list: [value.list[0], HIDDEN] });
  assert.deepEqual(await masked('/a~1b', '/~01'), { ...value, 'a/b': HIDDEN, '~1': HIDDEN });
  assert.deepEqual(await masked(''), HIDDEN);
});

test('a reveal shows what it names and no more', async () => {
  const shown = async (sensitive: Asked['sensitive'], ...reveal: string[]) =>
    (await read({ value, sensitive, reveal })).answer?.output;
  assert.deepEqual(await shown(['/word', '/list'], '/word'), { ...value, list: HIDDEN });
  assert.deepEqual(await shown(['/word'], ''), value);
  assert.deepEqual(await shown(true, ''), value);
  assert.deepEqual(await shown(true, '/list/1/pay', '/a~1b', '/constructor', '/none'), [
    { pointer: '/list/1/pay', value: 3 },
    { pointer: '/a~1b', value: 1 },
    { pointer: '/constructor', value: null },
    { pointer: '/none', value: null },
  ]);
});

test('a reveal is in the tenant’s chain before it is answered, with its reason and pointers sealed', async () => {
  const { told, entries, sealed } = await read({ value, sensitive: true, reveal: ['/word'] });
  assert.deepEqual(told, ['opened step/1 output to reveal', 'written', 'answered']);
  const facts = { run: A.run, step: 1, what: 'output', pointers: 1, why: 's1.1.sealed' };
  assert.deepEqual(entries, [{ at: SAMPLE_AT, by: principalId('sam'), type: 'data.revealed', facts }]);
  assert.deepEqual(sealed, [{ reason: 'month-end', pointers: ['/word'] }]);
});

test('nothing is read of a run that is erased', async () => {
  const { deps, head, plan, told } = world({ value, sensitive: false });
  const erased = { ...head, erasedAt: SAMPLE_AT };
  await assert.rejects(readOutput(deps, A, erased, plan, 1, null), { code: 'GONE' });
  assert.deepEqual(told, []);
});
