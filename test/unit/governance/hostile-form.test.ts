/** Forms that no page ever made, with a nonce of the right shape: refused as wrong, never answered with a fault of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideByLink, openLink } from '../../../src/app/approval-page/by-link.ts';
import { publishSamples } from '../verbs/samples.ts';
import { makeWorld } from '../verbs/world.ts';

const REVISIONS = [
  '',
  'x',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '1.5',
  '0x1',
  '１',
  ' 1',
  '-0',
  '9007199254740993',
];

test('whatever stands in the hidden fields, a form that the page did not make decides nothing', async () => {
  const world = makeWorld();
  publishSamples(world);
  const scope = await world.start('posting');
  await world.drive(scope);
  const [notice] = await world.notices();
  const token = notice?.link?.split('/').at(-1) ?? '';
  const page = await openLink(world.deps, token);
  const digest = /name="digest"\s+value="([^"]*)"/.exec(page.html)?.[1] ?? '';
  const nonce = /name="nonce" value="([^"]*)"/.exec(page.html)?.[1] ?? '';
  assert.match(nonce, /^\d+\.[\w-]{43}$/);
  const expiry = nonce.split('.')[0] ?? '';
  const commits = world.runs.commits;
  for (const revision of REVISIONS) {
    for (const forged of [`${expiry}.${'A'.repeat(43)}`, `999999999999.${'A'.repeat(43)}`, `0.${'_'.repeat(43)}`]) {
      const form = new URLSearchParams({ decision: 'approve', comment: '', digest, revision, nonce: forged });
      const { status } = await decideByLink(world.deps, token, form);
      assert.equal(status, 400, `revision ${revision}`);
    }
  }
  for (const bad of ['', 'ffff', '\u0000', '\ud800', '{"$ne":null}', 'f'.repeat(100_000)]) {
    const form = new URLSearchParams({ decision: 'approve', comment: '', digest: bad, revision: '1', nonce });
    assert.equal((await decideByLink(world.deps, token, form)).status, 400, `digest ${bad.slice(0, 10)}`);
  }
  assert.equal(world.runs.commits, commits);
  assert.equal(world.request(scope, 2)?.state, 'OPEN');
});
