import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { applyDefinitions, applyDocument } from '../../../src/app/apply-definitions.ts';
import type { ApplyDeps, MayWrite } from '../../../src/app/apply-definitions.ts';
import { createPlanCache } from '../../../src/app/plan-cache.ts';
import { validateDefinitions } from '../../../src/app/validate-definitions.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { principalId, tenantId } from '../../../src/domain/ids.ts';
import { createExpressions } from '../../../src/platform/expressions/expressions.ts';
import { LABOUR, SURROUNDINGS } from './examples.ts';
import { memoryDefinitions } from './memory-definitions.ts';

const tenant = tenantId('acme');
const by = principalId('acme:publisher');
const expressions = createExpressions({ workers: 1 });
after(() => expressions.close());

interface Setup {
  readonly deps: ApplyDeps;
  readonly log: string[];
}
function setup(checkConnector: ApplyDeps['checkConnector'] = () => []): Setup {
  const log: string[] = [];
  const deps: ApplyDeps = {
    definitions: memoryDefinitions(),
    expressions,
    checkConnector,
    clock: { now: () => '2026-01-01T00:00:00.000Z', sleep: async () => undefined },
    secrets: { bind: async () => false },
    tenantLog: {
      append: async (_, entry) => {
        log.push(`${entry.type} ${String(entry.facts['kind'])} ${String(entry.facts['id'])}`);
        return { ...entry, seq: log.length, prev: '', hash: '' };
      },
      read: async () => [],
    },
  };
  return { deps, log };
}
const all: MayWrite = () => true;
const apply = (s: Setup, texts: readonly string[], mayWrite = all): ReturnType<typeof applyDefinitions> =>
  applyDefinitions(s.deps, tenant, by, texts, mayWrite);
const codes = (applied: Awaited<ReturnType<typeof applyDefinitions>>): readonly string[] =>
  applied.ok ? [] : applied.problems.map((p) => `${p.code} ${p.document ?? `text ${p.text}`} ${p.pointer}`);

test('all kinds in any order, written together, compiled from the store', async () => {
  const s = setup();
  const applied = await apply(s, [LABOUR, SURROUNDINGS]);
  assert.ok(applied.ok, JSON.stringify(applied));
  assert.equal(applied.results.length, 10);
  assert.ok(applied.results.every((r) => r.outcome === 'created' && r.version === 1));
  const plan = await createPlanCache(s.deps.definitions).get(tenant, 'labour-cost-posting', 1);
  assert.equal(plan.steps.length, 6);
  assert.equal(s.log.filter((l) => l.startsWith('definition.published')).length, 10);
});

test('the same again changes nothing and leaves no trace', async () => {
  const s = setup();
  await apply(s, [LABOUR, SURROUNDINGS]);
  const before = s.log.length;
  const again = await apply(s, [SURROUNDINGS, LABOUR.replace('name: Post', 'name:   Post')]);
  assert.ok(again.ok && again.results.every((r) => r.outcome === 'unchanged'));
  assert.equal(s.log.length, before);
});

test('one bad document among ten: nothing is written, every problem is named with its place', async () => {
  const s = setup();
  const applied = await apply(s, [
    SURROUNDINGS,
    LABOUR.replace('resource: timesheets', 'resource: timesheet').replace('to: LabourRecord', 'to: LaborRecord'),
  ]);
  assert.deepEqual(codes(applied), [
    'UNKNOWN_RESOURCE Workflow labour-cost-posting /steps/0/resource',
    'UNKNOWN_OBJECT Workflow labour-cost-posting /steps/1/to',
  ]);
  assert.ok(!applied.ok && applied.problems.every((p) => p.line !== null && p.column !== null));
  assert.deepEqual((await s.deps.definitions.list(tenant, 'Policy', 10, null)).items, []);
  assert.deepEqual(s.log, []);
});

test('a document is checked against what is stored', async () => {
  const s = setup();
  assert.ok((await apply(s, [SURROUNDINGS])).ok);
  assert.ok((await apply(s, [LABOUR])).ok);
  assert.deepEqual(codes(await apply(setup(), [LABOUR])).filter((c) => c.startsWith('UNKNOWN_CONNECTOR')).length, 3);
});

test('the same document twice in one set', async () => {
  assert.deepEqual(codes(await apply(setup(), [SURROUNDINGS, LABOUR, LABOUR])), ['DUPLICATE_ID document 11 /id']);
});

test('text that cannot be read is a problem beside all others', async () => {
  const found = codes(await apply(setup(), ['id: a\nid: b\n', LABOUR]));
  assert.ok(found.includes('DUPLICATE_ID text 1 '));
  assert.ok(found.some((c) => c.startsWith('UNKNOWN_CONNECTOR')));
});

test('the adapter refuses a connector', async () => {
  const s = setup((document) =>
    document['id'] === 'erp' ? [{ pointer: '/settings/baseUrl', message: 'must be https' }] : [],
  );
  assert.deepEqual(codes(await apply(s, [SURROUNDINGS])), ['INVALID_VALUE Connector erp /settings/baseUrl']);
});

test("a policy's own tests are run", async () => {
  const wrong = SURROUNDINGS.replace('cents: 1 } }, expect: require-approval', 'cents: 1 } }, expect: allow');
  assert.deepEqual(codes(await apply(setup(), [wrong])), ['INVALID_VALUE Policy labour-posting-limits /tests/0']);
});

test('who may not write a kind is told so, and nothing is written', async () => {
  const s = setup();
  const applied = await apply(s, [SURROUNDINGS], (what) => what !== 'Policy');
  assert.deepEqual(codes(applied), [
    'NOT_ALLOWED Policy labour-posting-limits ',
    'NOT_ALLOWED Policy reorder-limits ',
    'NOT_ALLOWED Policy notify-allowed ',
  ]);
  assert.deepEqual(s.log, []);
});

test("a connector's policies are the governor's: others may change everything else", async () => {
  const s = setup();
  assert.ok((await apply(s, [SURROUNDINGS])).ok);
  const connector = (settings: string, resources: string): string =>
    `kind: Connector\nid: erp\ncategory: erp\nadapter: erp/http-json\nsettings: ${settings}\nresources:\n  projects: { access: read }\n  purchase-orders: { access: write, policies: [reorder-limits] }\n  notes: { access: write, modes: [create] }\n${resources}`;
  const editor: MayWrite = (what) => what !== 'ConnectorGovernance';
  const ledger = '  ledger-entries: { access: write, policies: [labour-posting-limits] }\n';
  assert.ok((await apply(s, [connector('{ baseUrl: https://erp2.example }', ledger)], editor)).ok);
  for (const [change, pointer] of [
    [ledger.replace('labour-posting-limits', 'notify-allowed'), '/resources/ledger-entries/policies'],
    [ledger.replace(', policies: [labour-posting-limits]', ''), '/resources/ledger-entries/policies'],
    ['', '/resources/ledger-entries/policies'],
    [`${ledger}commands: { send: { policies: [notify-allowed] } }\n`, '/commands/send/policies'],
  ] as const) {
    assert.deepEqual(codes(await apply(s, [connector('{}', change)], editor)), [
      `NOT_ALLOWED Connector erp ${pointer}`,
    ]);
  }
  assert.ok((await apply(s, [connector('{}', `${ledger}  fresh: { access: write }\n`)], editor)).ok);
});

test('documents that break a stored workflow are taken, with a warning', async () => {
  const s = setup();
  await apply(s, [SURROUNDINGS, LABOUR]);
  const strict =
    'kind: Policy\nid: notify-allowed\nrules: [ { id: always, if: "true", then: require-approval, reason: ASK, approvers: { roles: [approver] } } ]\n';
  const applied = await apply(s, [strict.replace('kind', 'apiVersion: countersign/v1\nkind')]);
  assert.ok(applied.ok);
  assert.match(applied.warnings.join(), /Workflow labour-cost-posting: no longer valid .*UNGOVERNED_WRITE/);
  const connector =
    'kind: Connector\nid: notifications\ncategory: comms\nadapter: comms/echo\ncommands: { shout: { policies: [notify-allowed] } }\n';
  const other = setup();
  await apply(other, [SURROUNDINGS, LABOUR]);
  const second = await apply(other, [connector]);
  assert.ok(second.ok);
  assert.match(second.warnings.join(), /Workflow labour-cost-posting: no longer valid .*UNKNOWN_RESOURCE/);
});

test('validating writes nothing', async () => {
  const s = setup();
  const found = await validateDefinitions(s.deps, tenant, [SURROUNDINGS, LABOUR]);
  assert.deepEqual([found.problems, found.candidates.length], [[], 10]);
  assert.deepEqual((await s.deps.definitions.list(tenant, 'Workflow', 10, null)).items, []);
});

test('a plan that cannot be read yet is asked for again', async () => {
  const s = setup();
  const plans = createPlanCache(s.deps.definitions);
  await assert.rejects(plans.get(tenant, 'labour-cost-posting', 1), /STALE_READ/);
  await apply(s, [SURROUNDINGS, LABOUR]);
  const first = await plans.get(tenant, 'labour-cost-posting', 1);
  assert.equal(await plans.get(tenant, 'labour-cost-posting', 1), first);
});

test('a document that came as JSON has the same bounds', async () => {
  let deep: Json = 1;
  for (let i = 0; i < 50_000; i += 1) deep = [deep];
  const step = { id: 'a', verb: 'TRANSFORM', map: 1 };
  for (const [document, code] of [
    [{ id: 'x', steps: [{ ...step, map: deep }] }, 'DEPTH'],
    [{ id: 'x', steps: [{ ...step, description: 'x'.repeat(300_000) }] }, 'TOO_LARGE'],
    [{ id: 'x', steps: [{ ...step, map: '\ud800' }] }, 'SYNTAX'],
    [JSON.parse('{"id":"x","steps":[{"__proto__":{}}]}') as JsonObject, 'UNKNOWN_KEY'],
  ] as const) {
    const applied = await applyDocument(setup().deps, tenant, by, document, all);
    assert.deepEqual(applied.ok || applied.problems.map((p) => p.code), [code]);
  }
  const good = await applyDocument(setup().deps, tenant, by, { id: 'x', steps: [step] }, all);
  assert.ok(good.ok);
});
