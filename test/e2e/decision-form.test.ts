/** Form values of a decision by the API of the product as it runs: read, answered, refused, agreed to, taken back (F1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NOTE, openDesk, VALUES, type Desk } from './decision-form.ts';

const pointers = (body: any): string[] => body.errors.map((error: any) => `${error.pointer} ${error.code}`).sort();

describe('form values of a decision', () => {
  let desk: Desk;
  before(async () => {
    desk = await openDesk();
  });
  after(() => desk.product.remove());
  const second = () => desk.product.authorization({ oid: 'second', roles: ['approver'], groups: ['finance'] });

  test('by API: what is asked can be read, what is answered is used by the steps that follow', async () => {
    const { run, approval } = await desk.ask();
    const asked = await desk.read(approval);
    assert.deepEqual(
      [asked.values, asked.content.values, asked.form.required],
      ['asked', null, ['note', 'days', 'dock']],
    );
    const { body: list } = await desk.product.call('approver', 'GET', '/api/v1/approvals?mine=true&limit=200');
    assert.equal(list.items.find((item: any) => item.id === approval).values, 'asked');
    const { status, body: receipt } = await desk.decide(approval, { values: VALUES });
    assert.deepEqual([status, receipt.state, receipt.values, receipt.revision], [200, 'APPROVED', 'given', 2]);
    assert.notEqual(receipt.digest, asked.digest);
    assert.deepEqual(await desk.said(run), { said: NOTE, days: 2 });
    assert.deepEqual(
      (await desk.ended(run)).steps.map((step: any) => step.state),
      Array(4).fill('SUCCEEDED'),
    );
    assert.equal(desk.booked(run), 1);
    assert.deepEqual((await desk.read(approval)).content.values, VALUES);
    const again = await desk.product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, {
      decision: 'approve',
      revision: asked.revision,
      digest: asked.digest,
      values: VALUES,
    });
    assert.deepEqual([again.status, again.body], [200, { ...receipt, replayed: true }]);
    const other = await desk.decide(approval, { values: { ...VALUES, days: 3 } });
    assert.deepEqual(
      [other.status, other.body.code, other.body.standing.digest],
      [409, 'ALREADY_DECIDED', receipt.digest],
    );
  });

  test('who may not decide sees that there are values, and none of them', async () => {
    const { run, approval } = await desk.ask();
    await desk.decide(approval, { values: VALUES });
    await desk.ended(run);
    for (const account of ['starter', 'operator', 'owner'])
      for (const path of [
        `approvals/${approval}`,
        `receipts/${approval}`,
        `runs/${run}`,
        `runs/${run}/events?limit=500`,
      ]) {
        const { body } = await desk.product.call(account, 'GET', `/api/v1/${path}`);
        assert.doesNotMatch(JSON.stringify(body), /Novotn|north gate/, `${account} ${path}`);
      }
    assert.equal((await desk.read(approval, 'starter')).values, 'given');
    const output = await desk.product.call('starter', 'GET', `/api/v1/runs/${run}/steps/policy/output`);
    assert.doesNotMatch(JSON.stringify(output.body), /Novotn/);
  });

  test('what does not fit is refused with every field, and nothing is written', async () => {
    const { run, approval } = await desk.ask();
    const length = await desk.settled(run);
    const wrong: [object, number, string[]][] = [
      [{}, 422, ['/values/days REQUIRED', '/values/dock REQUIRED', '/values/note REQUIRED']],
      [
        { values: { note: 1, days: '2', dock: 'w', due: '2026-02-30', fragile: 'no', more: 1 } },
        422,
        [
          '/values/days TYPE',
          '/values/dock ONE_OF',
          '/values/due FORMAT',
          '/values/fragile TYPE',
          '/values/more UNKNOWN_FIELD',
          '/values/note TYPE',
        ],
      ],
      [{ values: { ...VALUES, days: 1.5 } }, 422, ['/values/days TYPE']],
      [{ values: { ...VALUES, days: null } }, 422, ['/values/days TYPE']],
      [{ values: { ...VALUES, fragile: true } }, 422, ['/values/due REQUIRED']],
      [{ values: { ...VALUES, note: 'x'.repeat(301) } }, 422, ['/values/note MAX_LENGTH']],
      [{ values: { ...VALUES, note: 'x'.repeat(900_000) } }, 422, ['/values TOO_LARGE']],
      [
        { values: { ...VALUES, ['constructor']: 1, toString: 1 } },
        422,
        ['/values/constructor UNKNOWN_FIELD', '/values/toString UNKNOWN_FIELD'],
      ],
      [{ decision: 'reject', values: VALUES }, 422, ['/comment REQUIRED', '/values REJECTION']],
      [{ values: [] }, 400, ['/values INVALID_TYPE']],
      [{ values: null }, 400, ['/values INVALID_TYPE']],
      [{ values: 'note' }, 400, ['/values INVALID_TYPE']],
    ];
    for (const [cast, status, expected] of wrong) {
      const answer = await desk.decide(approval, cast);
      assert.deepEqual(
        [answer.status, pointers(answer.body)],
        [status, expected],
        JSON.stringify(answer.body).slice(0, 900),
      );
    }
    const { revision, digest } = await desk.read(approval);
    const raw = (values: string) =>
      desk.product.call(
        'approver',
        'POST',
        `/api/v1/approvals/${approval}/decision`,
        `{"decision":"approve","revision":${revision},"digest":"${digest}","values":${values}}`,
      );
    for (const [values, expected] of [
      ['{"note":"a","days":9007199254740993,"dock":"n"}', '/values/days UNSAFE_NUMBER'],
      ['{"__proto__":{"note":"a"},"days":1,"dock":"n"}', '/values/__proto__ FORBIDDEN_KEY'],
      ['{"note":"a","note":"b","days":1,"dock":"n"}', '/values/note DUPLICATE_KEY'],
      ['{"note":"\\ud800","days":1,"dock":"n"}', '/values/note LONE_SURROGATE'],
    ] as const) {
      const { status, body } = await raw(values);
      assert.deepEqual([status, pointers(body)], [400, [expected]], JSON.stringify(body));
    }
    assert.equal((await raw(`{"note":"${'x'.repeat(1_000_001)}"}`)).status, 413);
    assert.equal((await desk.events(run)).length, length);
    assert.equal((await desk.read(approval)).state, 'OPEN');
    const rejected = await desk.decide(approval, { decision: 'reject', comment: 'not this one' });
    assert.deepEqual([rejected.status, rejected.body.values], [200, 'asked']);
    assert.equal((await desk.ended(run)).cause.code, 'GOVERN_REJECTED');
  });

  test('an approval without a form takes no values', async () => {
    const { body } = await desk.product.call('starter', 'POST', '/api/v1/workflows/labour-cost-posting/runs?wait=30', {
      input: { week: '2026-W46' },
    });
    const { approval } = body.waitingFor[0];
    assert.equal((await desk.read(approval)).values, 'none');
    const answer = await desk.decide(approval, { values: {} });
    assert.deepEqual([answer.status, pointers(answer.body)], [422, ['/values NO_FORM']]);
  });

  test('two people: the second approves what the first wrote, as shown and not otherwise', async () => {
    const { run, approval } = await desk.ask('noted-by-two');
    const first = await desk.read(approval);
    const own = { decision: 'approve', revision: first.revision, digest: first.digest, values: { ...VALUES, days: 9 } };
    assert.equal((await desk.decide(approval, { values: VALUES })).body.state, 'OPEN');
    const headers = await second();
    const send = (cast: object) =>
      desk.product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, cast, headers);
    assert.equal((await send(own)).body.code, 'CONTENT_CHANGED');
    const shown = (await desk.product.call('approver', 'GET', `/api/v1/approvals/${approval}`, undefined, headers))
      .body;
    assert.deepEqual([shown.values, shown.content.values, shown.mayDecide], ['given', VALUES, true]);
    const standing = { decision: 'approve', revision: shown.revision, digest: shown.digest };
    const refused = await send({ ...standing, values: own.values });
    assert.deepEqual([refused.status, pointers(refused.body)], [422, ['/values GIVEN']]);
    assert.equal((await send(standing)).body.state, 'APPROVED');
    assert.deepEqual(await desk.said(run), { said: NOTE, days: 2 });
  });

  test('taken back: whoever decides then is asked again, and what had been written is not used', async () => {
    const { run, approval } = await desk.ask();
    const reason = { reason: 'a test' };
    await desk.product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, reason);
    await desk.decide(approval, { values: VALUES });
    assert.equal(
      (await desk.product.call('approver', 'POST', `/api/v1/approvals/${approval}/revoke`, reason)).status,
      200,
    );
    await desk.product.call('operator', 'POST', `/api/v1/runs/${run}/resume`, reason);
    let now = await desk.read(approval);
    for (let tries = 0; now.state !== 'OPEN' && tries < 500; tries++) now = await desk.read(approval);
    assert.deepEqual([now.values, now.content.values, now.reasons[0]], ['asked', null, 'WITHDRAWN']);
    assert.equal((await desk.decide(approval, {})).status, 422);
    assert.equal((await desk.decide(approval, { values: { ...VALUES, note: 'another note' } })).status, 200);
    assert.deepEqual(await desk.said(run), { said: 'another note', days: 2 });
    assert.equal(desk.booked(run), 1);
  });
});
