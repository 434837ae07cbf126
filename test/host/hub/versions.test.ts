/** Does the hub work on the versions that `host.json` allows, and leave or fail the others, as on Azure? */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, misfit, versioningOf, type Versioning } from '../../../src/host/hub/versions.ts';
import { pick, testHub, type TestHub } from './support.ts';

const started = async (hub: TestHub, version?: string): Promise<string> => {
  const query = version === undefined ? '' : `?version=${version}`;
  const response = await hub.call('POST', `orchestrators/child${query}`, { value: 1 });
  return pick(await response.json(), 'id') as string;
};

async function withVersions(versioning: Versioning, body: (hub: TestHub) => Promise<void>): Promise<void> {
  const hub = await testHub({ versioning });
  try {
    await body(hub);
  } finally {
    await hub.stop();
  }
}

test('versions are compared as .NET does: none is oldest, dotted numbers by part, the rest as text without case', () => {
  const ordered = ['', '1.0', '1.0.0', '1.9', '1.10', '2.0'];
  for (let at = 1; at < ordered.length; at += 1)
    assert.equal(compareVersions(ordered[at - 1] as string, ordered[at] as string), -1, ordered[at]);
  assert.equal(compareVersions('v1', 'V1'), 0);
  assert.equal(compareVersions('10', '9'), -1);
  assert.equal(compareVersions('', ''), 0);
});

test('each strategy takes what it says; without a default version nothing is matched', () => {
  const taken = (match: string, version: string | null) =>
    misfit(versioningOf({ defaultVersion: '2.0', versionMatchStrategy: match }), version) === undefined;
  const table = [null, '1.0', '2.0', '2.1'].map((version) =>
    ['none', 'Strict', 'CurrentOrOlder'].map((match) => taken(match, version)),
  );
  assert.deepEqual(table, [
    [true, false, true],
    [true, false, true],
    [true, true, true],
    [true, false, false],
  ]);
  assert.equal(versioningOf({ versionMatchStrategy: 'Strict' }), undefined);
  assert.deepEqual(versioningOf({ defaultVersion: '1.0' }), {
    current: '1.0',
    match: 'CurrentOrOlder',
    failure: 'Reject',
  });
});

test('an instance that names no version gets the default one, its sub-orchestrations too', () =>
  withVersions({ current: '1.5', match: 'CurrentOrOlder', failure: 'Reject' }, async (hub) => {
    assert.equal(pick((await hub.until(await started(hub))).output, 'version'), '1.5');
    assert.equal(pick((await hub.until(await started(hub, '1.2'))).output, 'version'), '1.2');
    assert.equal(pick(pick(await hub.run('parent', { value: 4 }), 'first'), 'version'), '1.5');
  }));

test('a newer version is rejected: it waits, is told once, and runs under a host that knows it', async () => {
  const versioning: Versioning = { current: '1.0', match: 'CurrentOrOlder', failure: 'Reject' };
  const hub = await testHub({ versioning });
  try {
    const newer = await started(hub, '2.0');
    await hub.until(await started(hub));
    assert.equal((await hub.call('POST', `instances/${newer}/terminate?reason=x`)).status, 202);
    await hub.until(await started(hub));
    assert.equal((await hub.status(newer)).runtimeStatus, 'Pending');
    const told = hub.log.filter(({ fields }) => fields['code'] === 'VERSION_REJECTED');
    assert.equal(told.length, 1);
    versioning.current = '2.0';
    await hub.restart();
    assert.equal((await hub.until(newer)).runtimeStatus, 'Terminated');
  } finally {
    await hub.stop();
  }
});

test('a newer version fails where the strategy says so', () =>
  withVersions({ current: '1.0', match: 'CurrentOrOlder', failure: 'Fail' }, async (hub) => {
    const status = await hub.until(await started(hub, '1.1'));
    assert.equal(status.runtimeStatus, 'Failed');
    assert.match(String(status.output), /version '1\.1' is greater than the worker version '1\.0'/);
  }));
