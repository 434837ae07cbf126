/**
 * The verification from end to end, as a person runs it: an `az` that deploys the product on this machine and answers as
 * Azure does, and a front that is no neighbour of the caller, so that no token is given away.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { startProduct, type Product } from '../support/product.ts';

const ROOT = join(import.meta.dirname, '../..');
const GROUP = '/subscriptions/s/resourceGroups/rg-test';

/** Plays `az`: says what the test laid down for its first words, notes every call, has the app restarted. */
const AZ = `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const args = process.argv.slice(2);
const { answers, front } = JSON.parse(readFileSync(new URL('plan.json', import.meta.url), 'utf8'));
const variables = ['AZURE_ENV_NAME', 'AZURE_LOCATION'].map((name) => process.env[name]);
const package_ = args.includes('--src') ? existsSync(args[args.indexOf('--src') + 1]) : null;
const body = args.includes('--body') ? JSON.parse(readFileSync(args[args.indexOf('--body') + 1].slice(1), 'utf8')) : null;
appendFileSync(new URL('calls', import.meta.url), JSON.stringify({ args, variables, package_, body }) + '\\n');
if (args[0] === 'functionapp' && args[1] === 'restart') await fetch(front + '/restart', { method: 'POST' });
const key = Object.keys(answers).find((words) => args.join(' ').startsWith(words));
if (key !== undefined && body?.query) answers[key] = await (await fetch(front + '/search', { method: 'POST', body: body.query })).json();
if (key === undefined) { console.error('unexpected: ' + args.join(' ')); process.exit(1); }
if (typeof answers[key] === 'string') { console.error(answers[key]); process.exit(1); }
console.log(JSON.stringify(answers[key]));
`;

interface Call {
  readonly args: readonly string[];
  readonly variables: readonly string[];
  readonly package_: boolean | null;
  readonly body: { readonly dataset?: unknown; readonly query?: string } | null;
}

describe(
  'verify-azure against a deployment',
  { skip: process.platform === 'win32' && 'the az is a shell script' },
  () => {
    let folder = '';
    let product: Product;
    let front: Server;
    let restarts = 0;
    /** Forgets that a key was used before. */
    let forgetful = false;
    /** Logs the address of every request, as a host may. */
    let talkative = false;
    let addresses = '';
    let address = '';
    let token = '';

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'countersign-verify-'));
      product = await startProduct({ demo: false, env: { COUNTERSIGN_LOG: 'information' } });
      front = createServer((incoming, outgoing) => {
        if (incoming.url === '/restart') {
          restarts += 1;
          void product
            .kill()
            .then(() => product.restart())
            .then(() => outgoing.end());
          return;
        }
        if (incoming.url === '/search') {
          void text(incoming).then((query) => outgoing.end(JSON.stringify(searched(query))));
          return;
        }
        if (talkative) addresses += `${incoming.url}\n`;
        const { host } = new URL(product.url);
        const headers = { ...incoming.headers, host, 'x-forwarded-for': '203.0.113.7' };
        const forward = ask(product.url + incoming.url, { method: incoming.method, headers }, (answer) => {
          if (forgetful) delete answer.headers['idempotent-replay'];
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        forward.on('error', () => outgoing.writeHead(502).end());
        incoming.pipe(forward);
      });
      front.listen(0, '127.0.0.1');
      await once(front, 'listening');
      address = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
      const claims = { oid: 'verifier', sub: 'verifier', name: 'Verifier', roles: ['publisher', 'starter'] };
      token = String((await product.authorization(claims)).authorization).slice('Bearer '.length);
      writeFileSync(join(folder, 'az.mjs'), AZ);
      writeFileSync(join(folder, 'az'), `#!/bin/sh\nexec '${process.execPath}' '${folder}/az.mjs' "$@"\n`);
      chmodSync(join(folder, 'az'), 0o755);
    });
    afterEach(() => rmSync(join(folder, 'calls'), { force: true }));
    after(async () => {
      front.closeAllConnections();
      front.close();
      await product.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    /** As the workspace answers: over what the product has logged, and the front. */
    function searched(query: string) {
      const token = /^search "\*(\w+)\*" /.exec(query)?.[1] ?? assert.fail(query);
      const count = (log: string) => log.split('\n').filter((line) => line.includes(token)).length;
      const rows = Object.entries({ AppTraces: product.output(), AppRequests: addresses })
        .map(([table, log]): [string, number] => [table, count(log)])
        .filter(([, found]) => found > 0);
      return { tables: [{ name: 'PrimaryResult', columns: [{ name: '$table' }, { name: 'Rows' }], rows }] };
    }
    const workspace = {
      'monitor log-analytics workspace list --resource-group rg-test': [{ customerId: 'w' }],
      'rest --method post --url https://api.loganalytics.io/v1/workspaces/w/query': {},
    };

    async function run(answers: Record<string, unknown>, ...options: string[]) {
      const outputs = {
        azurE_RESOURCE_GROUP: { value: 'rg-test' },
        countersigN_APP_NAME: { value: 'func-test' },
        countersigN_URL: { value: address },
      };
      const always = {
        version: {},
        'account show': { id: 's' },
        'account get-access-token': { accessToken: token },
        'deployment sub show': { properties: { outputs } },
      };
      const plan = { front: address, answers: { ...always, ...answers } };
      writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
      const child = spawn(
        process.execPath,
        [join(ROOT, 'infra/verify-azure.mjs'), '--environment', 'test', '--location', 'westeurope', ...options],
        {
          env: {
            PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`,
            COUNTERSIGN_AUDIENCE: 'client-1',
            AZURE_ENV_NAME: 'another',
          },
        },
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, 'exit')) as [number | null];
      const calls = existsSync(join(folder, 'calls'))
        ? readFileSync(join(folder, 'calls'), 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Call)
        : [];
      const called = (words: string): Call[] => calls.filter(({ args }) => args.join(' ').startsWith(words));
      return { code, said, called };
    }

    it('forecasts, deploys, gets twenty right answers, loses no run over restarts, reads the cost', async () => {
      const cost = {
        properties: {
          columns: [{ name: 'Cost' }, { name: 'ServiceName' }, { name: 'Currency' }],
          rows: [[1.25, 'Azure Cosmos DB', 'EUR']],
        },
      };
      const answers = {
        'deployment sub what-if': { changes: [{ changeType: 'Create', resourceId: `${GROUP}/providers/x/y/z` }] },
        'deployment sub create': {},
        'functionapp deployment source config-zip': {},
        'functionapp restart': {},
        'group show': { id: GROUP },
        ...workspace,
        rest: cost,
      };
      const { code, said, called } = await run(answers, '--runs', '4', '--restarts', '2');
      assert.match(said, /^forecast: 1 Create$/m);
      assert.match(said, /^smoke: 20 passed, 0 failed$/m, said);
      assert.match(said, /^logs: the canary is in no table, the control was found$/m, said);
      assert.match(said, /^restarts: \d acknowledged, \d succeeded, 0 lost, 0 failed, 0 open$/m, said);
      assert.match(said, /^ +1\.25 EUR +Azure Cosmos DB$/m);
      assert.equal(code, 0, said);
      assert.equal(restarts, 2);
      const [created] = called('deployment sub create');
      assert.match(created?.args.join(' ') ?? '', /--name countersign-test .*scenarios\/minimal\.bicepparam/);
      assert.deepEqual(created?.variables, ['test', 'westeurope'], 'the options, not what the environment held');
      assert.deepEqual(
        called('functionapp deployment').map(({ package_ }) => package_),
        [true],
      );
      assert.ok(called('rest').at(-1)?.body?.dataset, 'the query of the cost lay where az was told');
    });

    it('deploys nothing when the forecast would delete records', async () => {
      const database = `${GROUP}/providers/Microsoft.DocumentDB/databaseAccounts/c`;
      const answers = { 'deployment sub what-if': { changes: [{ changeType: 'Delete', resourceId: database }] } };
      const { code, said, called } = await run(answers);
      assert.equal(code, 1);
      assert.match(said, /would lose records: .*databaseAccounts\/c/);
      assert.deepEqual(called('deployment sub create'), []);
    });

    it('an app that answers wrongly fails the command, and the question says what was wrong', async () => {
      forgetful = true;
      const { code, said } = await run({}, '--only', 'smoke');
      assert.equal(code, 1);
      assert.match(said, /^FAILED the same key starts no second run: another run$/m);
      assert.match(said, /^smoke: 19 passed, 1 failed$/m);
    });

    it('a canary in any table fails the command, and the table is named', async () => {
      talkative = true;
      const { code, said } = await run(workspace, '--only', 'logs');
      talkative = false;
      assert.equal(code, 1);
      assert.match(said, /^logs: FAILED: the canary is in AppRequests \(1\)$/m);
    });

    it('an az that fails ends it with what it said, without a stack', async () => {
      const { code, said } = await run({ 'group show': 'ResourceGroupNotFound: rg-test' }, '--only', 'cost');
      assert.equal(code, 1);
      assert.match(said, /^az group show --name failed: ResourceGroupNotFound: rg-test$/m);
      assert.doesNotMatch(said, /^\s+at /m);
    });

    it('says how to get a token when the Azure CLI gives none, without a stack', async () => {
      const { code, said } = await run({ 'account get-access-token': 'AADSTS65001: consent' }, '--only', 'smoke');
      assert.equal(code, 1);
      assert.match(said, /set COUNTERSIGN_TOKEN, or `az login --scope client-1\/\.default`.*AADSTS65001/);
      assert.doesNotMatch(said, /^\s+at /m);
    });
  },
);
