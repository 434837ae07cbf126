/** The demo's outside systems as the adapters see them: the samples' own connectors, real sockets. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Posting } from '../../../src/demo/erp-ledger.ts';
import { startDemo, type RunningDemo } from '../../../src/demo/start.ts';
import { mondayOf, timeRecordsOf } from '../../../src/demo/time-records.ts';
import { LostAnswer } from '../../../src/adapters/adapter.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { catalogueOf } from '../../../src/domain/workflow/catalogue.ts';
import { parseText } from '../../../src/domain/workflow/parse.ts';
import { identify, validateDocument } from '../../../src/domain/workflow/validate-document.ts';
import { bench, type Bench } from '../../support/outside/bench.ts';

function documentsOf(running: RunningDemo): readonly JsonObject[] {
  return running.documents.flatMap((text) => {
    const parsed = parseText(text);
    assert.deepEqual(parsed.problems, []);
    return parsed.documents.map(({ document }) => document);
  });
}

async function demo(t: TestContext): Promise<{ running: RunningDemo; bench: Bench; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  const running = await startDemo({ directory });
  const documents = documentsOf(running);
  const made = bench(
    documents.filter((document) => document['kind'] === 'Connector'),
    { secrets: running.secrets },
  );
  t.after(async () => {
    await made.adapters.close();
    await running.stop();
    await rm(directory, { recursive: true });
  });
  return { running, bench: made, directory };
}

const ALL = { params: {}, query: {}, pageSize: null, maxPages: null, limit: 10_000 };
const entry = (n: number): Json => ({ entry: `TR-${n}`, project: 'PRJ-1001', cents: 100 + n, week: '2026-W46' });
const write = (key: string, records: readonly Json[]) => ({
  resource: 'ledger-entries',
  mode: 'create' as const,
  records,
  recordKeys: records.map((_, index) => `${key}:${index}`),
  idempotencyKey: key,
});
const fault = (running: RunningDemo, body: object) =>
  fetch(`${running.erpUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
async function ledger(directory: string): Promise<Posting[]> {
  const text = await readFile(join(directory, 'erp-ledger.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Posting);
}

test('every document of the workspace is valid, and its connectors pass their adapter’s check', async (t) => {
  const { running, bench: made } = await demo(t);
  const documents = documentsOf(running);
  const sources = documents.map((document) => {
    const { identified } = identify(document);
    assert.ok(identified !== null);
    return { ...identified, document };
  });
  const catalogue = catalogueOf(sources);
  for (const { kind, id, document } of sources) {
    assert.deepEqual(validateDocument(kind, document, catalogue), { problems: [], warnings: [] }, `${kind} ${id}`);
    if (kind === 'Connector') assert.deepEqual(made.adapters.check(document), [], id);
  }
  assert.equal(sources.filter(({ kind }) => kind === 'Workflow').length, 2);
});

test('a week has at least 1,200 records over at least 40 projects, the same on every start', () => {
  for (let week = 1; week <= 51; week += 1) {
    const name = `2026-W${String(week).padStart(2, '0')}`;
    const records = timeRecordsOf(name) ?? [];
    assert.ok(records.length >= 1_200, `${name}: ${records.length}`);
    assert.ok(new Set(records.map((record) => record.projectCode)).size >= 40, name);
    assert.equal(new Set(records.map((record) => record.id)).size, records.length);
    const cents = records.reduce((sum, record) => sum + record.hours * record.rateCents, 0);
    assert.ok(cents < 100_000_000, 'below the limit of the sample policy');
  }
  assert.deepEqual(timeRecordsOf('2026-W46'), timeRecordsOf('2026-W46'));
  assert.deepEqual(timeRecordsOf('2026-W52'), []);
  assert.equal(timeRecordsOf('2026-W54'), null);
  assert.equal(new Date(mondayOf('2026-W46') as number).toISOString().slice(0, 10), '2026-11-09');
});

test('FETCH of a week reads every page once', async (t) => {
  const { bench: made } = await demo(t);
  const { resolved, context } = await made.open('field-ops');
  const query = { week: '2026-W46' };
  const records = await resolved.adapter.fetch(context, { ...ALL, resource: 'timesheets', query });
  assert.deepEqual(records, timeRecordsOf('2026-W46'));
  assert.deepEqual(
    await resolved.adapter.fetch(context, { ...ALL, resource: 'timesheets', query: { week: '2026-W53' } }),
    [],
  );
});

test('LOOKUP finds a project by key and answers null for none', async (t) => {
  const { bench: made } = await demo(t);
  const { resolved, context } = await made.open('field-ops');
  const found = (await resolved.adapter.lookup(context, { resource: 'projects', key: 'PRJ-1007' })) as JsonObject;
  assert.equal(found['code'], 'PRJ-1007');
  assert.equal(await resolved.adapter.lookup(context, { resource: 'projects', key: 'PRJ-9' }), null);
});

test('warehouse levels hold some items below their minimum', async (t) => {
  const { bench: made } = await demo(t);
  const { resolved, context } = await made.open('warehouse');
  const levels = (await resolved.adapter.fetch(context, { ...ALL, resource: 'levels' })) as readonly JsonObject[];
  const low = levels.filter((level) => (level['onHand'] as number) < (level['minimum'] as number));
  assert.ok(levels.length > 40 && low.length > 0 && low.length <= 30, `${low.length} of ${levels.length}`);
});

test('same-key-same-body gets the first answer; other body is refused; the ledger has each entry once', async (t) => {
  const { bench: made, directory } = await demo(t);
  const { resolved, context } = await made.open('erp');
  const first = await resolved.adapter.push(context, write('k1', [entry(1), entry(2)]));
  assert.equal(first.outcome, 'confirmed');
  assert.deepEqual(await resolved.adapter.push(context, write('k1', [entry(1), entry(2)])), first);
  const other = await resolved.adapter.push(context, write('k1', [entry(3)]));
  assert.equal(other.outcome, 'refused');
  const postings = await ledger(directory);
  assert.deepEqual(
    postings.map((posting) => posting.entries.length),
    [2],
  );
  assert.equal(postings[0]?.entries[0]?.['externalId'], 'k1:0');
});

test('records that the ERP does not take are named one by one', async (t) => {
  const { bench: made } = await demo(t);
  const { resolved, context } = await made.open('erp');
  const bad = { entry: 'x', project: 'PRJ-1001', cents: 0, week: '2026-W46' };
  const answer = await resolved.adapter.push(context, write('k2', [entry(1), bad]));
  assert.deepEqual(answer, {
    outcome: 'confirmed',
    receipt: [{ key: 'E-0000001' }],
    refused: [{ index: 1, reason: { index: 1, reason: 'AMOUNT_NOT_POSITIVE' } }],
  });
});

for (const [kind, written] of [
  ['drop-before', false],
  ['drop-after', true],
  ['503', false],
  ['garbage', true],
] as const) {
  test(`after the fault ${kind} the write is in doubt, and the look-up tells the truth`, async (t) => {
    const { bench: made, running } = await demo(t);
    const { resolved, context } = await made.open('erp');
    assert.equal((await fault(running, { kind })).status, 201);
    await assert.rejects(resolved.adapter.push(context, write('k3', [entry(1)])), LostAnswer);
    const asked = await resolved.adapter.reconcile(context, {
      target: { resource: 'ledger-entries' },
      idempotencyKey: 'k3',
    });
    assert.deepEqual(asked, written ? { found: true, receipt: [{ key: 'E-0000001' }] } : { found: false });
    const again = await resolved.adapter.push(context, write('k3', [entry(1)]));
    assert.deepEqual(again, { outcome: 'confirmed', receipt: [{ key: 'E-0000001' }] });
  });
}

test('the ERP’s books survive a restart, without a torn last line, on the same port', async (t) => {
  const { bench: made, running, directory } = await demo(t);
  const { resolved, context } = await made.open('erp');
  await resolved.adapter.push(context, write('k4', [entry(1)]));
  await made.adapters.close();
  await running.stop();
  await appendFile(join(directory, 'erp-ledger.jsonl'), '{"key":"torn');
  const again = await startDemo({ directory });
  t.after(() => again.stop());
  assert.equal(again.erpUrl, running.erpUrl);
  const token = again.secrets['erp-token'] as string;
  const call = (key: string) =>
    fetch(`${again.erpUrl}/ledger-entries?idempotencyKey=${key}`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(((await (await call('k4')).json()) as { value: unknown[] }).value.length, 1);
  assert.deepEqual(((await (await call('torn')).json()) as { value: unknown[] }).value, []);
  const old = await fetch(`${again.erpUrl}/ledger-entries`, {
    headers: { authorization: `Bearer ${running.secrets['erp-token']}` },
  });
  assert.equal(old.status, 401, 'the token of the last start is worth nothing');
});

test('lists carry an entity tag', async (t) => {
  const { running } = await demo(t);
  const headers = { authorization: `Bearer ${running.secrets['field-ops-token']}` };
  const first = await fetch(`${running.fieldOpsUrl}/projects`, { headers });
  const etag = first.headers.get('etag') as string;
  await first.text();
  const second = await fetch(`${running.fieldOpsUrl}/projects`, { headers: { ...headers, 'if-none-match': etag } });
  assert.equal(second.status, 304);
});
