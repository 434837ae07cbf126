/**
 * P5, U6: what a run's partition holds can be told from its chain alone: the head, every row, the state of every effect and
 * every request, which documents stand, and the stored form of each. The lives are random; nothing here asks the engine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { deliverOutbox } from '../../../src/app/deliver-outbox.ts';
import { withdrawApproval } from '../../../src/app/withdraw-approval.ts';
import { audited } from '../../../src/domain/audit/record.ts';
import { rebuildDocuments, rebuildHead, verifyChain } from '../../../src/domain/audit/chain.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import { RUN_DOCUMENT_FIELDS, type AuditRecord, type RunDocument } from '../../../src/domain/run/documents.ts';
import { proveRun, sha256 } from '../../support/offline-audit.ts';
import { publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

function documentsOf(world: World, scope: RunScope): readonly RunDocument[] {
  const kinds = Object.keys(RUN_DOCUMENT_FIELDS) as RunDocument['kind'][];
  const ids = kinds.flatMap((kind) => world.runs.all(kind));
  return ids.filter((document) => world.runs.document(scope, document.id) !== null);
}

/** Compares everything that stands with what its chain tells: by the product's reader, and by an auditor's script. */
async function compare(world: World, scope: RunScope): Promise<void> {
  const chain: readonly AuditRecord[] = await world.runs.readAudit(scope, 1, 10_000);
  const { head } = (await world.runs.readHead(scope))!;
  const documents = documentsOf(world, scope);
  assert.equal(verifyChain(chain, sha256), null);
  assert.deepEqual(rebuildHead(chain), head);
  const told = rebuildDocuments(chain);
  assert.deepEqual([...told.keys()].sort(), documents.map(({ id }) => id).sort());
  for (const document of documents) assert.deepEqual(told.get(document.id), audited(document, sha256));
  proveRun({ head, documents, chain });
}

async function governed(): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world);
  Object.assign(world.deps, { notifier: { deliver: async () => undefined } });
  const scope = await world.start('posting');
  await world.drive(scope);
  return { world, scope };
}
function vote(world: World, scope: RunScope, by = 'approver') {
  const { revision, digest } = world.request(scope, 2)!;
  const who = { id: principalId(by), kind: 'user', roles: ['approver'], groups: ['finance'] } as const;
  const cast = { decision: 'approve', revision, digest, comment: 'ok', values: null, tokenHash: null } as const;
  return decideApproval(world.deps, scope, 2, { ...who, assurance: 'signed-in' }, cast);
}

test('P5: at every commit of a governed run with a withdrawal, a lost answer, a delivery and a retry', async () => {
  const { world, scope } = await governed();
  const kinds = new Set<string>();
  const look = async (): Promise<void> => {
    await compare(world, scope);
    for (const document of documentsOf(world, scope)) kinds.add(document.kind);
  };
  const { head } = (await world.runs.readHead(scope))!;
  await look();
  await deliverOutbox(world.deps, scope, head);
  await look();
  await vote(world, scope);
  const asked = { by: principalId('approver'), whose: 'own', reason: 'not yet' } as const;
  assert.equal((await withdrawApproval(world.deps, scope, 2, asked)).kind, 'withdrawn');
  await look();
  await world.drive(scope);
  await vote(world, scope, 'second');
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  await look();
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator'), reason: 'again' });
  world.target.faults.push({ kind: 'cut', when: 'after' });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  await look();
  assert.deepEqual([...kinds].sort(), ['effect', 'input', 'note', 'post', 'request', 'result']);
});

test('P5: the life of the approval and of the write can be read from the chain, without a document', async () => {
  const { world, scope } = await governed();
  await vote(world, scope);
  world.target.faults.push({ kind: 'cut', when: 'after' });
  await world.drive(scope);
  const chain = await world.runs.readAudit(scope, 1, 10_000);
  const lifeOf = (id: string): readonly (string | null)[] =>
    chain.flatMap(({ documents }) => documents.filter((each) => each.id === id).map(({ state }) => state));
  assert.deepEqual(lifeOf('request~2'), ['OPEN', 'APPROVED']);
  assert.deepEqual(lifeOf('effect~3~0~0'), ['intended', 'unknown', 'intended', 'confirmed']);
  const { revision, digest } = world.request(scope, 2)!;
  const decided = chain.find(({ event }) => event['type'] === 'DECIDED');
  assert.equal(decided?.by, 'approver');
  assert.deepEqual(decided?.event, {
    type: 'DECIDED',
    step: 2,
    request: 'request~2',
    decision: 'approve',
    outcome: 'APPROVED',
    revision,
    digest,
    assurance: 'signed-in',
    values: 'none',
  });
});

test('P5: a document changed, taken away or put in beside the chain is found', async () => {
  const { world, scope } = await governed();
  await vote(world, scope);
  await world.drive(scope);
  await compare(world, scope);
  for (const document of documentsOf(world, scope)) {
    const field = Object.keys(document).find((name) => name !== 'id' && name !== 'kind') as string;
    world.runs.replace(scope, { ...document, [field]: 'forged' } as RunDocument);
    await assert.rejects(compare(world, scope), document.id);
    world.runs.replace(scope, document);
  }
  await compare(world, scope);
  world.runs.replace(scope, { kind: 'note', id: 'note~forged', text: 's1.1.AAAA' as never });
  await assert.rejects(compare(world, scope));
});
