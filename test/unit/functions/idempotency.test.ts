/**
 * `Idempotency-Key` at every POST that creates something: one key, principal and body create once and are answered once, also
 * when many ask at the same moment; on the stores of both platforms.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as turn } from 'node:timers/promises';
import { ROUTES } from '../../../src/contract/routes/all.ts';
import { keyFor } from '../../../src/app/idempotency.ts';
import { principalId, tenantId } from '../../../src/domain/ids.ts';
import { canonicalJson } from '../../../src/domain/json.ts';
import { cosmosIdempotencyStore } from '../../../src/platform/azure/cosmos/request-index.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { testCosmos } from '../../support/azure/platform.ts';
import { as, callPath, openServices, type TestServices } from '../../support/services.ts';

const HELLO = (word: string) => `id: hello\nsteps: [{ id: say, verb: TRANSFORM, map: { word: ${word} } }]\n`;
const DAY = 86_400_000;
const RUNS = '/api/v1/workflows/hello/runs';

/** Days pass when a test says so; whoever waits lets the others work, and has waited. */
function passingClock(): Clock & { advance(ms: number): void } {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead).toISOString(),
    sleep: async (ms) => {
      await turn(1);
      ahead += ms;
    },
    advance: (ms) => void (ahead += ms),
  };
}

test('every POST that creates something takes a key', () => {
  const creating = ROUTES.filter(({ method, answers }) => method === 'POST' && (201 in answers || 202 in answers));
  const taking = ROUTES.filter(({ idempotent }) => idempotent).map(({ id }) => id);
  assert.deepEqual(taking.toSorted(), ['applyDefinitions', 'putArtifact', 'startRun']);
  for (const { id } of creating) assert.ok(taking.includes(id), id);
});

for (const platform of ['SQLite', 'Cosmos DB'] as const) {
  describe(`idempotency keys on ${platform}`, () => {
    const clock = passingClock();
    const cleanups: (() => unknown)[] = [];
    let opened: TestServices;
    let artifacts = '';
    before(async () => {
      opened = await openServices({ clock });
      if (platform === 'Cosmos DB') {
        const t = { after: (work: () => unknown) => void cleanups.push(work) } as unknown as TestContext;
        const { containers } = await testCosmos(t, { nowMs: () => Date.parse(clock.now()) });
        const services = opened.services as { deps: object };
        services.deps = { ...services.deps, idempotency: cosmosIdempotencyStore(containers, clock) };
      }
      assert.equal((await apply(null, [HELLO('hi')])).status, 200);
      const { body } = await start(null);
      artifacts = `/api/v1/runs/${body.id}/artifacts`;
    });
    after(async () => {
      for (const cleanup of cleanups) await cleanup();
      await opened.close();
    });

    const send = (who: string, key: string | null, path: string, body: string, type = 'application/json') =>
      callPath(opened.services, 'POST', path, {
        headers: {
          ...as(who, 't1', ['starter', 'author', 'publisher', 'governor']),
          'content-type': type,
          ...(key === null ? {} : { 'idempotency-key': key }),
        },
        body,
      });
    const start = (key: string | null, word = 'a', who = 'sam') =>
      send(who, key, RUNS, JSON.stringify({ input: { word } }));
    const apply = (key: string | null, texts: readonly string[], who = 'sam') =>
      send(who, key, '/api/v1/definitions', JSON.stringify({ texts }));
    const attach = (key: string | null, bytes: string, who = 'sam') =>
      send(who, key, `${artifacts}?name=bill`, bytes, 'text/plain');
    const replays = (answers: readonly { headers: Record<string, string> }[]) =>
      answers.filter(({ headers }) => headers['idempotent-replay'] === 'true').length;
    const versions = async (id: string) =>
      (await opened.services.deps.definitions.versions(tenantId('t1'), 'Workflow', id, 100, null)).items.length;
    const listed = async () =>
      (await callPath(opened.services, 'GET', artifacts, { headers: as('sam', 't1', ['starter']) })).body.items.length;
    const runs = async () => (await opened.services.deps.runs.listRuns(tenantId('t1'), {}, 200, null)).items.length;

    test('a run, an artifact, an application: the same again is the first answer again', async () => {
      for (const [what, again] of [
        ['run', () => start('same')],
        ['artifact', () => attach('same', 'x')],
        ['apply', () => apply('same', [HELLO('ho')])],
      ] as const) {
        const first = await again();
        assert.ok(first.status < 300, first.text);
        assert.equal(replays([first]), 0, what);
        const second = await again();
        assert.deepEqual(second.body, first.body, what);
        assert.equal(second.headers.location, first.headers.location);
        assert.equal(replays([second]), 1, what);
      }
    });

    test('another body under the key is refused, another person’s key is another key', async () => {
      for (const [what, with_] of [
        ['run', (body: string, who: string) => start('mine', body, who)],
        ['artifact', (body: string, who: string) => attach('mine', body, who)],
        ['apply', (body: string, who: string) => apply('mine', [HELLO(body)], who)],
      ] as const) {
        assert.ok((await with_('one', 'sam')).status < 300);
        const other = await with_('two', 'sam');
        assert.deepEqual([what, other.status, other.body.code], [what, 409, 'IDEMPOTENCY_MISMATCH']);
        const theirs = await with_('two', 'sue');
        assert.ok(theirs.status < 300, theirs.text);
        assert.equal(replays([theirs]), 0, what);
      }
    });

    test('one person’s key for another route, run or workflow is another key, whatever the body', async () => {
      const deps = opened.services.deps;
      const scope = { tenant: tenantId('t1'), by: principalId('sam'), route: 'startRun', of: ['hello'] };
      const hashes = [
        scope,
        { ...scope, route: 'putArtifact' },
        { ...scope, of: ['other'] },
        { ...scope, by: principalId('sue') },
        { ...scope, tenant: tenantId('t2') },
      ].map(async (each) => (await keyFor(deps, each, 'the key', {})).hash);
      const known = await Promise.all(hashes);
      assert.equal(new Set(known).size, known.length);
      // Without the tenant's key nobody can tell which key was used.
      const text = canonicalJson([scope.route, scope.by, ...scope.of, 'the key']);
      const guesses = ['', scope.tenant].map((key) => createHmac('sha256', key).update(text).digest('hex'));
      assert.ok(!guesses.includes(known[0] as string));
    });

    test('twenty at the same moment create one run, one artifact, one version', async () => {
      const at = async (work: (n: number) => ReturnType<typeof start>) => {
        const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));
        for (const answer of answers) assert.ok(answer.status < 300, answer.text);
        assert.equal(replays(answers), 19);
        return new Set(answers.map(({ body }) => JSON.stringify(body.results ?? body.id))).size;
      };
      const before_ = [await runs(), await listed()];
      assert.equal(await at(() => start('rush')), 1);
      assert.equal(await at(() => attach('rush', 'y')), 1);
      assert.equal(await at(() => apply('rush', [HELLO('rush').replace('hello', 'rushed')])), 1);
      assert.deepEqual([await runs(), await listed(), await versions('rushed')], [before_[0]! + 1, before_[1]! + 1, 1]);
    });

    test('a late repetition does not undo what somebody else has published since', async () => {
      const mine = [HELLO('mine').replace('hello', 'contested')];
      const first = await apply('late', mine);
      await apply(null, [HELLO('theirs').replace('hello', 'contested')], 'sue');
      const again = await apply('late', mine);
      assert.deepEqual([again.body, replays([again])], [first.body, 1]);
      assert.equal(await versions('contested'), 2);
    });

    test('refused documents take no key; warnings are repeated with the answer', async () => {
      assert.equal((await apply('corrected', ['id: hello\nsteps: []\n'])).status, 422);
      const first = await apply('corrected', [HELLO('corrected')]);
      assert.equal(first.status, 200, first.text);
      assert.ok(first.body.warnings.length > 0, 'the workflow takes any input: that is a warning');
      assert.deepEqual((await apply('corrected', [HELLO('corrected')])).body, first.body);
    });

    test('an application whose process died half-way is done by the next one', async () => {
      const { definitions } = opened.services.deps as { definitions: { publish: unknown } };
      const { publish } = definitions;
      definitions.publish = () => Promise.reject(new Error('gone'));
      assert.equal((await apply('died', [HELLO('died').replace('hello', 'halfway')])).status, 500);
      definitions.publish = publish;
      const [one, two] = await Promise.all(
        [1, 2].map(() => apply('died', [HELLO('died').replace('hello', 'halfway')])),
      );
      assert.deepEqual([one?.status, two?.status, await versions('halfway')], [200, 200, 1]);
    });

    test('after thirty days a key may be used anew', async () => {
      const first = await start('old', 'a');
      assert.equal((await start('old', 'b')).status, 409);
      clock.advance(30 * DAY);
      const next = await start('old', 'b');
      assert.deepEqual([next.status, replays([next])], [202, 0]);
      assert.notEqual(next.body.id, first.body.id);
    });

    test('absurd keys are refused before anything is read', async () => {
      const before_ = [await runs(), await listed()];
      for (const key of ['', ' ', 'x'.repeat(201), 'ü', 'a\u00a0b', 'a\tb'])
        for (const answer of [await start(key), await attach(key, 'z'), await apply(key, [HELLO('absurd')])]) {
          assert.equal(answer.status, 400, JSON.stringify(key));
          assert.deepEqual(
            answer.body.errors.map(({ pointer }: { pointer: string }) => pointer),
            ['header/idempotency-key'],
          );
        }
      assert.deepEqual([await runs(), await listed()], before_);
    });
  });
}
