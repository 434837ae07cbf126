/** The directory on Microsoft Graph under its suite, what only Graph can be asked, and notices by mail. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import { cosmosIdempotencyStore } from '../../src/platform/azure/cosmos/request-index.ts';
import { graphDirectory } from '../../src/platform/azure/graph/directory.ts';
import { Graph } from '../../src/platform/azure/graph/graph.ts';
import { mailNotifier } from '../../src/platform/azure/graph/mail-notifier.ts';
import type { Notice } from '../../src/ports/notifier.ts';
import { graphService, type GraphPerson } from '../support/azure/graph-service.ts';
import { startService } from '../support/azure/https-server.ts';
import { QUICK, testCosmos, testCredential } from '../support/azure/platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { DIRECTORY_SAMPLE, directorySuite } from './directory.suite.ts';

const A = tenantId('tenant-a');
const AUDIENCE = 'api-client-id';

async function open(t: TestContext, people: readonly GraphPerson[] = DIRECTORY_SAMPLE.users) {
  const service = graphService(people, AUDIENCE);
  const server = await startService(service);
  t.after(() => server.close());
  const graph = new Graph(testCredential, QUICK, server.url);
  return {
    service,
    server,
    graph,
    directory: graphDirectory({ graph, tenant: A, audience: AUDIENCE, nowMs: () => 0 }),
  };
}

directorySuite('Microsoft Graph', async (t) => (await open(t)).directory);

test('a role given to a group is a role of its members; members over several pages are all there', async (t) => {
  const many = Array.from({ length: 7 }, (_, n) => ({
    id: `p${n}`,
    roles: n === 0 ? ['approver'] : [],
    groups: ['big'],
  }));
  const { service, directory } = await open(t, many);
  service.roleGroups.set('big', 'approver');
  const who = { users: [], roles: ['approver'], groups: [] };
  assert.equal((await directory.members(A, who)).length, 7);
});

test('a blocked account is asked for nothing, and is still somebody', async (t) => {
  const { directory } = await open(t, [{ id: 'anna', groups: ['finance'], enabled: false }]);
  assert.deepEqual(await directory.members(A, { users: ['anna'], roles: [], groups: ['finance'] }), []);
  assert.equal((await directory.find(A, principalId('anna')))?.id, 'anna');
});

test('an id that would lead elsewhere in the directory is nobody and is not asked for', async (t) => {
  const { server, directory } = await open(t);
  for (const bad of ['../groups', 'anna/manager', 'anna?$expand=x', '', 'a b'])
    assert.equal(await directory.find(A, principalId(bad)), null);
  assert.equal(server.log.length, 0);
});

test('a directory that is throttled is asked again; one that stays silent becomes a fault without its text', async (t) => {
  const { server, directory } = await open(t);
  server.faults = (_asked, earlier) => (earlier === 0 ? { kind: 'status', status: 429, retryAfterMs: 1 } : null);
  assert.equal((await directory.find(A, principalId('anna')))?.name, 'Anna A.');
  server.faults = () => ({ kind: 'reset' });
  await assert.rejects(directory.find(A, principalId('anna')), { code: 'STORE_UNAVAILABLE' });
});

const notice: Notice = {
  id: 'r1~notice~3~1~0',
  to: {
    id: principalId('anna'),
    name: 'Anna\r\nBcc: x',
    email: 'anna@example.test',
    roles: [],
    groups: [],
    manager: null,
  },
  kind: 'approval',
  workflow: 'labour-cost-posting',
  run: 'r1',
  step: 'review',
  request: 'request~3',
  link: 'https://countersign.example.test/approve/token',
  deadline: '2026-11-22T10:00:00.000Z',
};

test('a notice is one mail, however often it is delivered; it holds names, deadline and link', async (t) => {
  const { service, graph } = await open(t);
  const clock = manualClock();
  const sent = cosmosIdempotencyStore((await testCosmos(t)).containers, clock);
  const notifier = mailNotifier({ graph, sender: 'notices@example.test', sent, clock });
  for (let n = 0; n < 3; n++) await notifier.deliver(A, notice);
  assert.equal(service.mails.length, 1);
  const text = JSON.stringify(service.mails[0]);
  assert.match(text, /approve\/token/);
  assert.match(text, /2026-11-22/);
  assert.doesNotMatch(text, /\\r|Anna\\n/);
  assert.equal(service.mails[0]?.sender, 'notices@example.test');
  await notifier.deliver(A, { ...notice, id: 'r1~notice~3~1~1' });
  assert.equal(service.mails.length, 2);
});

test('a mail that could not be sent is sent by the next delivery', async (t) => {
  const { service, server, graph } = await open(t);
  const clock = manualClock();
  const sent = cosmosIdempotencyStore((await testCosmos(t)).containers, clock);
  const notifier = mailNotifier({ graph, sender: 'notices@example.test', sent, clock });
  server.faults = () => ({ kind: 'status', status: 503 });
  await assert.rejects(notifier.deliver(A, notice), { code: 'STORE_UNAVAILABLE' });
  server.faults = null;
  await notifier.deliver(A, notice);
  assert.equal(service.mails.length, 1);
});

test('without a mailbox to send from, or an address, nothing is sent and nothing fails', async (t) => {
  const { service, graph } = await open(t);
  const clock = manualClock();
  const sent = cosmosIdempotencyStore((await testCosmos(t)).containers, clock);
  await mailNotifier({ graph, sender: null, sent, clock }).deliver(A, notice);
  const noAddress = { ...notice, to: { ...notice.to, email: null } };
  await mailNotifier({ graph, sender: 'notices@example.test', sent, clock }).deliver(A, noAddress);
  assert.equal(service.mails.length, 0);
});
