/** The pure parts of the verification on Azure: what it asks, how it reads what Azure answers, when it must stop. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOptions } from '../../infra/verify/options.ts';
import { judgeLogs, plant, readSearch, searchFor, type Found } from '../../infra/verify/logs.ts';
import { verify } from '../../infra/verify/main.ts';
import { costQuery, deployedFrom, readCost, readForecast, reconcile } from '../../infra/verify/reading.ts';
import { questions, spoiled, workflow } from '../../infra/verify/smoke.ts';
import type { Answered, Memory } from '../../infra/verify/smoke.ts';
import { parse } from 'yaml';

const answered = (status: number, json: unknown, headers: Record<string, string> = {}): Answered => ({
  status,
  json,
  header: (name) => headers[name] ?? null,
});
const question = (name: string) => {
  const found = questions.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
};
const problem = { 'content-type': 'application/problem+json' };

describe('verify-azure', () => {
  it('asks exactly twenty different questions, none of which an empty server answers well', () => {
    assert.equal(questions.length, 20);
    assert.equal(new Set(questions.map((one) => one.name)).size, 20);
    for (const one of questions) assert.notEqual(one.judge(answered(500, null), { key: 'k' }), null, one.name);
  });

  it('a server that lets everybody in fails the questions about tokens', () => {
    for (const name of ['nobody gets in without a token', 'a damaged token is refused', 'an unsigned token is refused'])
      assert.match(String(question(name).judge(answered(200, { tenant: 't' }), { key: 'k' })), /expected 401/);
  });

  it('remembers the run that was accepted, and sees a second one under the same key', () => {
    const memory: Memory = { key: 'k' };
    assert.equal(question('a run is accepted').judge(answered(202, { id: 'r-1' }, { location: '/x' }), memory), null);
    const again = question('the same key starts no second run');
    assert.equal(again.judge(answered(202, { id: 'r-1' }, { 'idempotent-replay': 'true' }), memory), null);
    assert.equal(again.judge(answered(202, { id: 'r-2' }, { 'idempotent-replay': 'true' }), memory), 'another run');
    assert.equal(question('the run succeeds').ask(memory).path, '/api/v1/runs/r-1');
  });

  it('an audit with a gap is not whole', () => {
    const whole = question('its audit has no gap');
    assert.equal(whole.judge(answered(200, { items: [{ seq: 1 }, { seq: 2 }] }), { key: 'k' }), null);
    assert.equal(
      whole.judge(answered(200, { items: [{ seq: 1 }, { seq: 3 }] }), { key: 'k' }),
      'the sequence has a gap',
    );
    assert.equal(whole.judge(answered(200, { items: [] }), { key: 'k' }), 'no audit records');
  });

  it('a problem document without its media type or with another code is not one', () => {
    const judge = question('the same key with other input is refused').judge;
    assert.equal(judge(answered(409, { code: 'IDEMPOTENCY_MISMATCH' }, problem), { key: 'k' }), null);
    assert.equal(judge(answered(409, { code: 'IDEMPOTENCY_MISMATCH' }), { key: 'k' }), 'not a problem document');
    assert.match(String(judge(answered(409, { code: 'CONFLICT' }, problem), { key: 'k' })), /CONFLICT/);
  });

  it('spoils a token so that it differs in its signature only, or has none', () => {
    const { damaged, unsigned } = spoiled('aaa.bbb.Acc');
    assert.equal(damaged, 'aaa.bbb.Bcc');
    assert.deepEqual(JSON.parse(Buffer.from(unsigned.split('.')[0] ?? '', 'base64url').toString()), {
      alg: 'none',
      typ: 'JWT',
    });
    assert.ok(unsigned.endsWith('.bbb.'));
  });

  it('publishes a workflow that reads as one', () => {
    const document = parse(workflow) as Record<string, unknown>;
    assert.equal(document['kind'], 'Workflow');
    assert.equal(document['id'], 'verify-azure');
  });

  it('stops at a forecast that deletes a database, not at one that deletes an alert rule', () => {
    const database = '/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/c';
    const rule = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/scheduledQueryRules/r';
    const forecast = readForecast({
      changes: [
        { changeType: 'Delete', resourceId: database },
        { changeType: 'Delete', resourceId: rule },
        { changeType: 'Ignore', resourceId: database },
        { changeType: 'Create', resourceId: rule },
      ],
    });
    assert.deepEqual(forecast, { counts: { Delete: 2, Create: 1 }, alarming: [database] });
    assert.deepEqual(readForecast(null), { counts: {}, alarming: [] });
  });

  it('reads cost by the names of its columns, whatever their order', () => {
    const rows = readCost({
      properties: {
        columns: [{ name: 'ServiceName' }, { name: 'Currency' }, { name: 'Cost' }],
        rows: [
          ['Storage', 'EUR', 1.5],
          ['Azure Cosmos DB', 'EUR', 20],
        ],
      },
    });
    assert.deepEqual(rows, [
      { service: 'Azure Cosmos DB', currency: 'EUR', amount: 20 },
      { service: 'Storage', currency: 'EUR', amount: 1.5 },
    ]);
    assert.deepEqual(readCost({}), []);
    assert.match(JSON.stringify(costQuery('a', 'b')), /"from":"a","to":"b"/);
  });

  it('tells lost, failed and open runs apart after restarts', () => {
    const states = new Map<string, string | null>([
      ['a', 'SUCCEEDED'],
      ['b', 'FAILED'],
      ['c', 'RUNNING'],
      ['d', null],
    ]);
    assert.deepEqual(reconcile(['a', 'b', 'c', 'd', 'e'], states), {
      acknowledged: 5,
      succeeded: 1,
      lost: ['d', 'e'],
      wrong: ['b'],
      open: ['c'],
    });
  });

  it('plants a canary of the form of a link’s token, and a control in the trace only', () => {
    const { canary, control, asks } = plant();
    assert.match(canary, /^[A-Za-z0-9]{43}$/);
    assert.equal(JSON.stringify(asks).split(canary).length - 1, 2);
    assert.match(asks[1]?.headers?.['traceparent'] ?? '', new RegExp(`^00-${control}-[0-9a-f]{16}-01$`));
    assert.notEqual(plant().canary, canary);
    assert.match(JSON.stringify(searchFor(canary)), new RegExp(`search \\\\"\\*${canary}\\*\\\\"`));
  });

  it('reads what was found by table, and takes no broken answer for nothing', () => {
    const columns = [{ name: 'Rows' }, { name: '$table' }];
    assert.deepEqual(readSearch({ tables: [{ columns, rows: [[2, 'AppTraces']] }] }), [
      { table: 'AppTraces', rows: 2 },
    ]);
    assert.deepEqual(readSearch({ tables: [{ columns, rows: [] }] }), []);
    for (const broken of [null, {}, { tables: [] }, { tables: [{ columns: [], rows: [] }] }])
      assert.throws(() => readSearch(broken), /was not answered/);
    assert.throws(
      () => readSearch({ tables: [{ columns, rows: [] }], error: { code: 'PartialError' } }),
      /PartialError/,
    );
  });

  it('searches for the canary only when the control has come, and long after; without the control nothing is proved', async () => {
    const planted = plant();
    /** Tables in which a token is from a moment on. */
    async function judged(control: number, canary: number): Promise<{ wrong: string | null; ms: number }> {
      let ms = 0;
      const find = (token: string): Found[] =>
        ms >= (token === planted.control ? control : canary) ? [{ table: 'AppRequests', rows: 1 }] : [];
      const pause = (more: number) => Promise.resolve(void (ms += more));
      return { wrong: await judgeLogs({ find, now: () => ms, pause }, planted), ms };
    }
    assert.deepEqual(await judged(60_000, Infinity), { wrong: null, ms: 300_000 });
    assert.match((await judged(60_000, 290_000)).wrong ?? '', /the canary is in AppRequests \(1\)/);
    assert.match((await judged(Infinity, Infinity)).wrong ?? '', /the control is in no table/);
  });

  it('lists all wrong options at once', () => {
    const wrong = readOptions(['--environment', 'A', '--scenario', 'huge', '--runs', '0', '--colour', 'red']);
    assert.ok('problems' in wrong);
    assert.equal(wrong.problems.length, 5);
    const right = readOptions(['--environment', 'test', '--location', 'westeurope', '--only', 'smoke,cost']);
    assert.ok('options' in right);
    assert.deepEqual(right.options.stages, ['smoke', 'cost']);
    assert.equal(right.options.runs, 500);
  });

  it('finds outputs in whatever case Azure gives them back, and says which is missing', () => {
    const outputs = {
      azurE_RESOURCE_GROUP: { value: 'g' },
      countersigN_APP_NAME: { value: 'a' },
      COUNTERSIGN_URL: { value: 'u' },
    };
    assert.deepEqual(deployedFrom(outputs), { group: 'g', app: 'a', url: 'u' });
    assert.throws(() => deployedFrom({}), /AZURE_RESOURCE_GROUP/);
  });

  it('without the Azure CLI it verifies nothing and says so', async (context) => {
    const { PATH } = process.env;
    const said: string[] = [];
    context.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
    process.env['PATH'] = '';
    try {
      assert.equal(await verify(['--environment', 'test', '--location', 'westeurope']), 3);
      assert.equal(await verify([]), 2);
    } finally {
      process.env['PATH'] = PATH ?? '';
    }
    assert.match(said.join(''), /Nothing was verified/);
    assert.match(said.join(''), /usage: verify-azure/);
  });
});
