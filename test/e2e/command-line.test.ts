/**
 * The command line as people and scripts use it, each command against a running product: what it prints, one JSON document
 * with `--json`, an exit code that says what happened, and what to do next whenever something is wrong.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { erpUrl, startProduct, type Product } from '../support/product.ts';
import { BOOKS } from '../support/workflows.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');
const HELLO = `id: hello
input: { type: object, properties: { word: { type: string } } }
steps: [{ id: say, verb: TRANSFORM, map: '{{ input.word }}' }]
`;
const WRONG = `id: wrong
steps:
  - { id: a, verb: FETCHH, connector: warehouse, resource: levels }
  - { id: b, verb: FETCH, connector: warehous, resource: levels }
  - { id: c, verb: TRANSFORM, mapp: 1 }
`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The document that `--json` printed. */
  json(): any;
}

describe('the command line', () => {
  let product: Product;
  let folder = '';
  before(async () => {
    product = await startProduct();
    folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
    mkdirSync(join(folder, 'set', 'inner'), { recursive: true });
    writeFileSync(join(folder, 'hello.yaml'), HELLO);
    writeFileSync(join(folder, 'input.json'), '{"word":"hi"}');
    writeFileSync(join(folder, 'set', 'hello.yaml'), HELLO);
    writeFileSync(join(folder, 'set', 'inner', 'wrong.yaml'), WRONG);
  });
  after(async () => {
    await product.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options {
    readonly stdin?: string;
    readonly env?: Record<string, string>;
    /** Ends it as Ctrl-C does, once this was printed. */
    readonly interruptAt?: RegExp;
  }
  function cli(args: readonly string[], options: Options = {}): Promise<Ran> {
    const env = { ...process.env, COUNTERSIGN_DATA: product.data, ...options.env };
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], {
      cwd: folder,
      env,
    });
    child.stdin.end(options.stdin ?? '');
    let out = '';
    let err = '';
    let interrupted = false;
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (!interrupted && options.interruptAt?.test(err)) interrupted = child.kill('SIGINT');
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err, json: () => JSON.parse(out) }));
    });
  }
  /** What is wrong is told, then what to do; never a stack. */
  async function fails(code: number, said: RegExp, args: readonly string[], options: Options = {}): Promise<Ran> {
    const ran = await cli(args, options);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.out}${ran.err}`);
    assert.match(ran.err, said);
    assert.doesNotMatch(ran.out + ran.err, /\n\s+at .*:\d+:\d+/);
    assert.ok(ran.err.trim().split('\n').length >= 2, `nothing to do next: ${ran.err}`);
    const asJson = await cli(['--json', ...args], options);
    assert.equal(asJson.code, code);
    assert.ok(JSON.parse(asJson.out), 'one JSON document');
    return ran;
  }

  test('help names every command, option and exit code', async () => {
    const { code, out } = await cli(['--help']);
    assert.equal(code, 0);
    for (const name of [
      'start',
      'host',
      'validate',
      'apply',
      'run',
      'runs',
      'show',
      'approvals',
      'decide',
      'token',
      'secret',
    ])
      assert.match(out, new RegExp(`^  ${name} `, 'm'));
    for (const option of ['--json', '--as', '--url', '--token', '--data']) assert.ok(out.includes(option), option);
    for (const exit of ['0 done', '1 ', '2 ', '3 ', '4 ', '5 ', '6 ']) assert.ok(out.includes(exit), exit);
    assert.equal((await cli(['run', '--help'])).code, 0);
  });

  test('validate and apply: files and folders, all problems by file and line', async () => {
    const good = await cli(['validate', 'hello.yaml']);
    assert.deepEqual([good.code, good.out], [0, '1 file: no problems.\n']);
    const bad = await fails(1, /3 problems\./, ['validate', 'set']);
    assert.deepEqual(
      bad.out
        .trim()
        .split('\n')
        .map((line) => /^(\S+) .*\[(\w+)\]$/.exec(line)?.slice(1)),
      [
        ['set/inner/wrong.yaml:3', 'INVALID_VALUE'],
        ['set/inner/wrong.yaml:4', 'UNKNOWN_CONNECTOR'],
        ['set/inner/wrong.yaml:5', 'UNKNOWN_KEY'],
      ],
      bad.out,
    );
    const refused = await fails(1, /nothing was written/, ['apply', 'set']);
    assert.match(
      refused.err,
      /set\/inner\/wrong\.yaml:3 \/steps\/0\/verb: .* — Did you mean `FETCH`\? \[INVALID_VALUE\]/,
    );
    const dry = await cli(['apply', '--dry-run', '--json', 'hello.yaml']);
    assert.equal(dry.json().results[0].outcome, 'created');
    assert.match((await cli(['apply', 'hello.yaml'])).out, /Workflow\s+hello\s+1\s+created/);
    assert.match((await cli(['apply', 'hello.yaml'])).out, /unchanged/);
    await fails(2, /no-such does not exist/, ['apply', 'no-such']);
    await fails(4, /--as owner/, ['--as', 'starter', 'apply', 'hello.yaml']);
  });

  test('run, runs, show: with input, key and wait', async () => {
    const done = await cli(['run', 'hello', '--input', '{"word":"hi"}']);
    assert.match(done.out, /^\S+ {2}hello@1 {2}SUCCEEDED/);
    const key = ['run', 'hello', '--key', 'k1', '--input', '@input.json', '--json'];
    const [first, second] = [(await cli(key)).json(), (await cli(key)).json()];
    assert.deepEqual([first.state, second.id], ['SUCCEEDED', first.id]);
    assert.equal((await cli(['run', 'hello', '--wait', '--json'])).json().state, 'FAILED', 'the word is missing');
    assert.equal((await cli(['run', 'hello', '--wait'])).code, 1);
    assert.match((await cli(['show', first.id])).out, /say\s+TRANSFORM\s+SUCCEEDED/);
    assert.equal((await cli(['show', first.id, '--json'])).json().steps.length, 1);
    assert.equal((await cli(['runs', '--workflow', 'hello', '--limit', '1', '--json'])).json().items.length, 1);
    assert.match((await cli(['runs', '--state', 'failed'])).out, /hello@1\s+FAILED/);
    assert.match((await cli(['runs', '--state', 'paused'])).out, /No such run/);
    await fails(6, /another body/, ['run', 'hello', '--key', 'k1', '--input', '{}']);
    await fails(5, /Workflows here: .*hello/, ['run', 'helo']);
    await fails(5, /no run/, ['show', 'no-such-run']);
    await fails(2, /query\/state/, ['runs', '--state', 'DONE', '--limit', '0']);
    await fails(2, /cannot be read/, ['run', 'hello', '--input', '{word:1}']);
    await fails(2, /cannot be read/, ['run', 'hello', '--input', '@nowhere.json']);
    await fails(1, /\/word: must be string/, ['run', 'hello', '--input', '{"word":1}']);
    await fails(4, /--as starter/, ['--as', 'operator', 'run', 'hello']);
    await fails(2, /Accounts: starter, /, ['--as', 'nobody', 'runs']);
  });

  test('a write that failed says what it left behind, and where each record is told', async () => {
    const books = BOOKS(erpUrl(product));
    const several = books.slice(books.lastIndexOf('---')).replace('allowed-posting', 'several-postings');
    const records = `'{{ input.amounts#$i.{ "cents": $ } }}'`;
    const post = several
      .replace("map: [{ project: P-1, cents: '{{ input.amount }}' }]", `map: ${records}`)
      .replace("recordKey: '{{ run.id }}'", "recordKey: '{{ run.id & $string(index) }}', batchSize: 2");
    writeFileSync(join(folder, 'books.yaml'), `${books}${post}`);
    assert.equal((await cli(['apply', 'books.yaml'])).code, 0);
    const input = '{"amounts":[9,-1,-1,-1,9]}';
    const { out } = await cli(['run', 'several-postings', '--input', input]);
    assert.match(out, /^post sent 2 requests: 1 confirmed, 1 refused, 0 unknown\.$/m);
    const path = /GET (\S+reason=)WHY/.exec(out)?.[1] ?? '';
    const told = await product.call('starter', 'GET', `${path}looking`);
    const [{ value }] = told.body.error;
    assert.deepEqual([value.confirmed, value.refused, value.unknown, value.unsent], [1, 3, 0, 1]);
    const run = /runs\/([^/]+)/.exec(path)?.[1] ?? '';
    assert.deepEqual(
      value.outcomes.map(({ outcome, keys }: any) => [outcome, keys]),
      [
        ['refused', [`${run}1`]],
        ['refused', [`${run}2`, `${run}3`]],
        ['confirmed', [`${run}0`]],
        ['unsent', undefined],
      ],
    );
    const masked = await product.call('starter', 'GET', path.replace(/\?.*/, ''));
    assert.deepEqual(masked.body, { error: { $sensitive: true } });
  });

  test('a run that waits says for whom and how to decide; deciding ends it', async () => {
    const run = await cli(['run', 'labour-cost-posting', '--input', '{"week":"2026-W46"}']);
    const approval = /decide (\S+) approve/.exec(run.out)?.[1] ?? '';
    assert.match(run.out, /Waits at policy for an approval, until .* \(in /);
    assert.equal((await cli(['approvals', '--mine', '--json'])).json().items[0].id, approval);
    const left = await cli(['run', 'labour-cost-posting', '--input', '{"week":"2026-W46"}', '--wait'], {
      interruptAt: /waits at policy \(approval \S+\)/,
    });
    assert.deepEqual([left.code, /The run goes on: .* show \S+/.test(left.err)], [130, true]);
    assert.equal((await cli(['decide', approval, 'maybe'])).code, 2);
    assert.equal((await cli(['decide', approval])).code, 2);
    await fails(2, /No decision was given/, ['decide']);
    const several = ['decide', 'reject', '--comment', "it's late", '--as', 'approver'];
    const choice = await fails(2, /^2 approvals wait that you may decide\. Nothing was decided\./, several);
    assert.ok(choice.err.includes(`decide ${approval} reject --as approver --comment 'it'\\''s late'\n`), choice.err);
    const { choices } = (await cli(['--json', ...several])).json();
    assert.equal(choices.length, 2);
    assert.ok(choice.err.includes(choices[1].command) && choices[1].command.includes(choices[1].approval));
    assert.equal((await cli(['decide', approval, 'approve'])).code, 0);
    assert.equal((await cli(['decide', approval, 'reject', '--comment', 'too late'])).code, 6);

    const [other] = (await cli(['approvals', '--mine', '--json'])).json().items;
    await fails(2, /\/comment: say why you reject/, ['decide', 'reject']);
    const decided = (await cli(['decide', 'reject', '--comment', 'the wrong week', '--json'])).json();
    assert.deepEqual(
      [decided.approval, decided.state, decided.digest, decided.run, decided.workflow, decided.step, decided.reasons],
      [other.id, 'REJECTED', other.digest, other.run, other.workflow, other.step, other.reasons],
    );
    await fails(5, /Nothing waits that you may decide/, ['decide', 'approve']);
  });

  test('decide without an id: looks through every page, decides over what it has read, never over what came after', async () => {
    const waiting = { id: 'run-1~4', run: 'run-1', workflow: 'w', step: 'ask', revision: 3, reasons: ['DEAR'] };
    const read = { ...waiting, digest: 'a'.repeat(64), values: 'none' };
    const answers: Record<string, unknown> = {
      'GET /api/v1/approvals?mine=true&limit=200': { items: [], cursor: 'next+1' },
      'GET /api/v1/approvals?mine=true&limit=200&cursor=next%2B1': { items: [waiting], cursor: null },
      'GET /api/v1/approvals/run-1~4': read,
    };
    const sent: unknown[] = [];
    const service = createServer((request, response) => {
      const answer = answers[`${request.method} ${request.url}`];
      void json(request.method === 'POST' ? request : Readable.from(['null'])).then((body) => {
        if (body !== null) sent.push([request.url, body]);
        response.writeHead(answer === undefined ? 409 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer ?? { title: 'The content changed', next: 'Read it again.' }));
      });
    }).listen(0, '127.0.0.1');
    try {
      await once(service, 'listening');
      const { port } = service.address() as AddressInfo;
      const { code, out, err } = await cli(['--url', `http://127.0.0.1:${port}`, 'decide', 'approve']);
      assert.equal(code, 6, err);
      assert.equal(out, `To approve: w, step ask, run run-1 (DEAR)\nRevision 3, digest ${read.digest}\n`);
      const body = { decision: 'approve', revision: 3, digest: read.digest };
      assert.deepEqual(sent, [['/api/v1/approvals/run-1~4/decision', body]]);
    } finally {
      service.close();
      service.closeAllConnections();
    }
  });

  test('token and secret: names that no service takes are refused at once; values are never printed', async () => {
    const token = (await cli(['token', '--user', 'approver'])).out.trim();
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const own = ['token', '--user', 'ann', '--role', 'auditor', '--role', 'author', '--group', 'g', '--tenant', 't2'];
    const made = (await cli([...own, '--json'])).json();
    assert.deepEqual([made.roles, made.groups, made.tenant], [['auditor', 'author'], ['g'], 't2']);
    assert.match((await cli(['token', '--user', 'ann'])).err, /Warning: .*no role/);
    await fails(2, /no role king/, ['token', '--user', 'ann', '--role', 'king']);
    await fails(2, /no name of a user/, ['token', '--user', 'a b']);
    const set = await cli(['secret', 'set', 'my-key'], { stdin: 'hunter2hunter2\n' });
    assert.deepEqual([set.code, set.out.includes('hunter2')], [0, false]);
    assert.match((await cli(['secret', 'list'])).out, /^my-key$/m);
    await fails(2, /empty/, ['secret', 'set', 'my-key']);
    await fails(2, /lower-case/, ['secret', 'set', 'MY KEY'], { stdin: 'x' });
    await fails(2, /cannot be used/, ['--data', join(folder, 'hello.yaml'), 'secret', 'list']);
  });

  test('another address with a token of its own: nothing of this machine is used or sent', async () => {
    const token = (await cli(['token', '--user', 'starter'])).out.trim();
    const env = { COUNTERSIGN_DATA: '', COUNTERSIGN_URL: product.url, COUNTERSIGN_TOKEN: token };
    assert.equal((await cli(['runs', '--json'], { env })).code, 0);
    const options = ['--url', product.url, '--token', token];
    assert.equal((await cli([...options, 'runs'], { env: { COUNTERSIGN_DATA: '' } })).code, 0);
    await fails(4, /still valid/, ['--token', 'stale', 'runs']);
    await fails(4, /--token, or set COUNTERSIGN_TOKEN/, ['--url', 'https://countersign.invalid', 'runs']);
    await fails(3, /Nothing answers/, ['--url', 'http://127.0.0.1:9', 'runs']);
    await fails(2, /no address/, ['--url', 'countersign', 'runs']);
    assert.ok(!existsSync(join(folder, '.countersign')), readdirSync(folder).join());
  });

  test('a command that does not exist, a missing argument, a port that is none', async () => {
    await fails(2, /Did you mean show/, ['shwo', 'x']);
    await fails(2, /missing required argument/, ['show']);
    await fails(2, /unknown option/, ['runs', '--colour']);
    await fails(2, /no port/, ['start', '--port', '70000']);
  });
});
