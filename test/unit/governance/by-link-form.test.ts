/** Form values by a personal link: the same answer counts once, and what was handed on is shown where it is asked again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideByLink, openLink } from '../../../src/app/approval-page/by-link.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { formOf } from '../../e2e/canary/story.ts';
import { changed } from '../../e2e/approval-forms.ts';
import { publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;
const POST = 3;

async function asked(form: JsonObject): Promise<{ world: World; scope: RunScope; token: string }> {
  const world = makeWorld();
  publishSamples(world);
  world.publish('Workflow', 'form', {
    id: 'form',
    steps: [
      { id: 'rows', verb: 'FETCH', connector: 'erp', resource: 'rows' },
      { id: 'policy', verb: 'GOVERN', policies: ['posting'], totals: { cents: '/cents' }, form },
      {
        id: 'post',
        verb: 'PUSH',
        connector: 'erp',
        resource: 'entries',
        records: '{{steps.rows.output}}',
        governedBy: 'policy',
      },
    ],
  });
  const scope = await world.start('form');
  await world.drive(scope);
  return { world, scope, token: await tokenOf(world, 'approver') };
}
async function tokenOf(world: World, person: string): Promise<string> {
  const notices = await world.notices();
  return (
    notices
      .findLast((notice) => notice.to.id === person)
      ?.link?.split('/')
      .at(-1) ?? ''
  );
}
const NOTE: JsonObject = {
  type: 'object',
  title: 'For <i>reception</i>',
  required: ['note'],
  properties: { note: { type: 'string', title: 'N\u202eote "x"', description: '<script>1</script>' } },
};

test('hostile words of a form and of an answer stay text', async () => {
  const { world, token } = await asked(NOTE);
  const page = await openLink(world.deps, token);
  assert.doesNotMatch(page.html, /<script|<i>|\u202e/);
  assert.match(page.html, /N<span class="mark">U\+202E<\/span>ote &quot;x&quot;/);
  const form = changed(formOf(page.html), { 'value.note': '</textarea><script>2</script>', digest: 'f'.repeat(64) });
  const again = await decideByLink(world.deps, token, form);
  assert.equal(again.status, 400);
  assert.doesNotMatch(again.html, /<script/);
  assert.match(again.html, /&lt;\/textarea&gt;&lt;script&gt;2/);
});

test('the same form again is the same decision; another answer of the same person is too late', async () => {
  const { world, scope, token } = await asked(NOTE);
  const form = changed(formOf((await openLink(world.deps, token)).html), { 'value.note': 'ring twice' });
  for (let times = 0; times < 3; times++) {
    const answer = await decideByLink(world.deps, token, form);
    assert.equal(answer.status, 200);
    assert.match(answer.html, /Your decision is recorded/);
    assert.match(answer.html, /ring twice/);
  }
  const other = await decideByLink(world.deps, token, changed(form, { 'value.note': 'ring once' }));
  assert.equal(other.status, 409);
  assert.doesNotMatch(other.html, /ring once/);
  assert.equal(world.request(scope, GOVERN)?.decisions.length, 1);
});

test('a page that was open for too long keeps what was typed', async () => {
  const { world, token } = await asked(NOTE);
  const form = changed(formOf((await openLink(world.deps, token)).html), { 'value.note': '\nring twice' });
  world.clock.advance(31 * 60_000);
  const late = await decideByLink(world.deps, token, form);
  assert.equal(late.status, 409);
  // A browser drops the first of the two line ends.
  assert.match(late.html, />\n\nring twice<\/textarea>/);
});

test('a form without required fields is answered by leaving it empty', async () => {
  const { world, scope, token } = await asked({ type: 'object', properties: { note: { type: 'string' } } });
  const form = changed(formOf((await openLink(world.deps, token)).html), { 'value.note': '  ' });
  assert.equal((await decideByLink(world.deps, token, form)).status, 200);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['values'], {});
});

test('asked again under the write: the page shows what was handed on, asks nothing anew, and the answer counts', async () => {
  const { world, scope, token } = await asked(NOTE);
  const form = changed(formOf((await openLink(world.deps, token)).html), { 'value.note': 'ring twice' });
  await decideByLink(world.deps, token, form);
  world.clock.advance(86_400_000);
  assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED');
  const next = await tokenOf(world, 'second');
  const page = await openLink(world.deps, next);
  assert.match(page.html, /What has been filled in[^]*ring twice/);
  assert.doesNotMatch(page.html, /<fieldset|name="value\./);
  const answer = await decideByLink(world.deps, next, changed(formOf(page.html), {}));
  assert.equal(answer.status, 200);
  assert.match(answer.html, /ring twice/);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});
