/** The main job as a user does it: the sample, its approval by a named person, the ERP's ledger; by API, command line and link. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { FOREIGN_HOST } from '../support/foreign-host.ts';
import { ledgerOf, startProduct, type Product } from '../support/product.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

describe('labour cost posting', () => {
  let product: Product;
  before(async () => (product = await startProduct()));
  after(() => product.remove());

  /** Beside this process, not in its place: its sockets go on to be looked after. */
  const ran = async (command: string, ...args: string[]) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: code as number | null, out, err };
  };
  const cli = (...args: string[]) => ran(process.execPath, CLI, '--data', product.data, ...args);
  const state = async (run: string, wanted: string) => {
    for (;;) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`);
      if (body.state === wanted) return body;
      assert.ok(!['FAILED', 'CANCELLED', 'SUCCEEDED'].includes(body.state), JSON.stringify(body));
    }
  };
  const stepsOf = (run: any) => Object.fromEntries(run.steps.map((step: any) => [step.id, step.state]));

  test('runs to its end with the approver’s decision on the way; every record is in the ledger once', async () => {
    const started = await product.call(
      'starter',
      'POST',
      '/api/v1/workflows/labour-cost-posting/runs',
      { input: { week: '2026-W46' } },
      { 'idempotency-key': 'week-46' },
    );
    assert.equal(started.status, 202);
    assert.equal(started.headers.get('location'), `${product.url}/api/v1/runs/${started.body.id}`);
    assert.equal(started.body.steps.length, 6);

    const again = await product.call(
      'starter',
      'POST',
      '/api/v1/workflows/labour-cost-posting/runs',
      { input: { week: '2026-W46' } },
      { 'idempotency-key': 'week-46' },
    );
    assert.deepEqual(
      [again.status, again.headers.get('idempotent-replay'), again.body.id],
      [200, 'true', started.body.id],
    );
    const other = await product.call(
      'starter',
      'POST',
      '/api/v1/workflows/labour-cost-posting/runs',
      { input: { week: '2026-W45' } },
      { 'idempotency-key': 'week-46' },
    );
    assert.deepEqual([other.status, other.body.code], [409, 'IDEMPOTENCY_MISMATCH']);

    const waiting = await state(started.body.id, 'SUSPENDED');
    assert.deepEqual(stepsOf(waiting), {
      timesheets: 'SUCCEEDED',
      labour: 'SUCCEEDED',
      'any-cost': 'SUCCEEDED',
      policy: 'SUSPENDED',
      post: 'PENDING',
      'tell-nobody-worked': 'SKIPPED',
    });
    const { approval } = waiting.waitingFor[0];

    const own = await product.call('starter', 'POST', `/api/v1/approvals/${approval}/decision`, {
      decision: 'approve',
      revision: 1,
      digest: '0'.repeat(64),
    });
    assert.equal(own.status, 403);
    const { body: shown } = await product.call('approver', 'GET', `/api/v1/approvals/${approval}`);
    assert.equal(shown.mayDecide, true);
    assert.ok(shown.content.count >= 1200, String(shown.content.count));
    const wrong = await product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, {
      decision: 'approve',
      revision: shown.revision,
      digest: '0'.repeat(64),
    });
    assert.deepEqual([wrong.status, wrong.body.code], [409, 'CONTENT_CHANGED']);
    const decision = { decision: 'approve', revision: shown.revision, digest: shown.digest };
    const decided = await product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, decision);
    assert.deepEqual([decided.status, decided.body.state, decided.body.digest], [200, 'APPROVED', shown.digest]);
    const repeated = await product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, decision);
    assert.deepEqual([repeated.status, repeated.body.replayed], [200, true]);

    await state(started.body.id, 'SUCCEEDED');
    const entries = ledgerOf(product).flatMap((posting) => posting.entries);
    const keys = entries.map((entry: any) => entry.externalId);
    assert.equal(entries.length, shown.content.count);
    assert.equal(new Set(keys).size, keys.length);

    const masked = await product.call('operator', 'GET', `/api/v1/runs/${started.body.id}/output`);
    assert.deepEqual(masked.body, { output: { $sensitive: true } });
    const refused = await product.call(
      'operator',
      'GET',
      `/api/v1/runs/${started.body.id}/output?reveal=&reason=curious`,
    );
    assert.equal(refused.status, 403);
    const revealed = await product.call(
      'starter',
      'GET',
      `/api/v1/runs/${started.body.id}/output?reveal=&reason=month-end`,
    );
    assert.equal(revealed.body.output.post.confirmed, shown.content.count);
  });

  test('by command line: run, show, approvals, decide; a rejection fails the run and writes nothing', async () => {
    const before = ledgerOf(product).length;
    const run = JSON.parse(
      (await cli('--json', 'run', 'labour-cost-posting', '--no-wait', '--input', '{"week":"2026-W45"}')).out,
    );
    await state(run.id, 'SUSPENDED');
    assert.match((await cli('show', run.id)).out, /policy\s+GOVERN\s+SUSPENDED\s+APPROVAL/);
    assert.match((await cli('approvals', '--mine')).out, new RegExp(`${run.id}~4.*yes`));
    const silent = await cli('decide', `${run.id}~4`, 'reject');
    assert.equal(silent.code, 2);
    assert.match(silent.err, /comment/);
    assert.equal((await cli('decide', `${run.id}~4`, 'reject', '--comment', 'the wrong week')).code, 0);
    const { cause } = await state(run.id, 'FAILED');
    assert.deepEqual([cause.code, cause.step], ['GOVERN_REJECTED', 'policy']);
    assert.equal((await cli('decide', `${run.id}~4`, 'approve')).code, 6);
    assert.equal(ledgerOf(product).length, before);
  });

  test('by personal link: opening changes nothing, the form decides, the receipt is shown', async () => {
    const run = JSON.parse(
      (await cli('--json', 'run', 'labour-cost-posting', '--no-wait', '--input', '{"week":"2026-W44"}')).out,
    );
    await state(run.id, 'SUSPENDED');
    const inbox = join(product.data, 'inbox', 'approver');
    const notice = await eventually(() => readdirSync(inbox).find((name) => name.includes(run.id)));
    assert.equal(statSync(join(inbox, notice)).mode & 0o777, 0o600);
    const link = /http\S+\/approve\/\S+/.exec(readFileSync(join(inbox, notice), 'utf8'))?.[0] ?? '';
    for (let i = 0; i < 20; i++) {
      await fetch(link);
      await fetch(link, { method: 'HEAD' });
    }
    assert.equal((await product.call('starter', 'GET', `/api/v1/runs/${run.id}`)).body.state, 'SUSPENDED');
    const page = await (await fetch(link)).text();
    const form = new URLSearchParams(
      [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]): [string, string] => [
        /name="([^"]*)"/.exec(tag)?.[1] ?? '',
        /value="([^"]*)"/.exec(tag)?.[1] ?? '',
      ]),
    );
    const forged = await fetch(link, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'decision=approve&nonce=1.x',
    });
    assert.ok(forged.status >= 400);
    form.set('decision', 'approve');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        fetch(link, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form }),
      ),
    );
    assert.ok(
      answers.every(({ status }) => status === 200),
      String(answers.map(({ status }) => status)),
    );
    await state(run.id, 'SUCCEEDED');
    const events = (
      await product
        .call('auditor', 'GET', `/api/v1/runs/${run.id}/events`)
        .catch(() => product.call('starter', 'GET', `/api/v1/runs/${run.id}/events`))
    ).body.items;
    assert.equal(events.filter((record: any) => record.event.type === 'DECIDED').length, 1);
    assert.match(await (await fetch(link)).text(), /approved/i);
  });

  test('the second sample: an alert that the policy allows', async () => {
    const { body } = await product.call(
      'starter',
      'POST',
      '/api/v1/workflows/inventory-reorder-alerts/runs?wait=20',
      {},
    );
    assert.ok(['SUCCEEDED', 'SUSPENDED'].includes(body.state), JSON.stringify(body));
  });

  test('the three lines that were printed work when pasted', async () => {
    const lines = product
      .output()
      .split('\n')
      .filter((line) => line.startsWith('  npx countersign '));
    assert.equal(lines.length, 3, product.output());
    for (const line of lines) {
      const pasted = line.replaceAll('npx countersign', `'${process.execPath}' '${CLI}'`);
      const done = await ran('sh', '-c', pasted);
      assert.equal(done.code, 0, `${line}: ${done.err}`);
      if (line.includes(' decide ')) assert.match(done.out, /^To approve: labour-cost-posting.*\n.*\n\S+: APPROVED$/m);
      const run = /^\w{20,}/.exec(done.out)?.[0];
      if (line.includes(' run ') && run !== undefined) await state(run, 'SUSPENDED');
    }
  });

  test('exit codes and help say what to do', async () => {
    assert.equal((await cli('show', 'run-that-is-not')).code, 5);
    assert.equal((await cli('run')).code, 2);
    assert.equal((await cli('runs', '--state', 'DONE')).code, 2);
    assert.match((await cli('decide', 'x', 'approve')).err, /no id of an approval/);
    assert.match((await cli('start', '--help')).out, /4 the port is taken/);
    assert.equal((await cli('--url', 'http://127.0.0.1:1', 'runs')).code, 3);
    assert.match(JSON.parse((await cli('--json', '--url', 'http://127.0.0.1:1', 'runs')).out).next, /npm start/);
    assert.equal((await cli('--as', 'operator', 'run', 'labour-cost-posting')).code, 4);
    assert.match((await cli('--help')).out, /Exit codes/);
    assert.equal((await cli('run', 'labour-cost-posting', '--input', '{"week":"46"}')).code, 1);
  });

  const ours = FOREIGN_HOST !== undefined && 'it is about our own host';
  test('a second start on a taken port says so; Ctrl-C stops cleanly', { skip: ours }, async () => {
    const port = new URL(product.url).port;
    const taken = spawnSync(process.execPath, [CLI, 'start', '--port', port, '--data', join(product.data, 'other')], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.notEqual(taken.status, 0);
    assert.match(`${taken.stdout}${taken.stderr}`, /port/i);
    assert.equal(await product.interrupt(), 0);
    const from = performance.now();
    await product.restart();
    assert.ok(performance.now() - from < 30_000);
  });
});

async function eventually<Value>(look: () => Value | undefined): Promise<Value> {
  for (let tries = 0; tries < 500; tries++) {
    try {
      const value = look();
      if (value !== undefined) return value;
    } catch {
      // The folder is made with the first notice.
    }
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error('it did not come about within 10 s');
}
