/** What must hold of every run at every moment, and of every run that has ended; each throws with what is wrong. */
import assert from 'node:assert/strict';
import { rebuildDocuments, rebuildHead, verifyChain } from '../../../src/domain/audit/chain.ts';
import { audited } from '../../../src/domain/audit/record.ts';
import { sha256hex } from '../../../src/app/sha256.ts';
import { isEndState, type Head } from '../../../src/domain/run/head.ts';
import { nextDue } from '../../../src/domain/run/derive.ts';
import { topologyOf } from '../../../src/domain/run/topology.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import type { Partition } from './memory-run-store.ts';

/** P5: the chain is whole; the head and the state of every document can be rebuilt from it. */
export function checkChain({ audit, head, documents }: Partition): void {
  assert.equal(verifyChain(audit, sha256hex), null, 'the chain is broken');
  assert.deepEqual(rebuildHead(audit), head, 'the head differs from what its chain tells');
  const told = [...rebuildDocuments(audit).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const stand = [...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  assert.deepEqual(
    told,
    stand.map((document) => audited(document, sha256hex)),
    'the documents differ from what the chain tells',
  );
}

/** P2: within one run attempt no step commits its end twice, and the run has one outcome. */
export function checkOnce({ audit }: Partition): void {
  const ends = new Map<string, number>();
  let attempt = 1;
  for (const { rows, head, event } of audit) {
    attempt = head.attempt ?? attempt;
    if (event.type === 'STARTED' || event.type === 'RETRY_STEP' || event.type === 'RETRY_RUN') ends.clear();
    for (const row of rows) {
      if (row.step !== event.step || !isEndState(row.state) || !String(event.type).startsWith('STEP_')) continue;
      const key = `${attempt}/${row.id}`;
      ends.set(key, (ends.get(key) ?? 0) + 1);
      assert.equal(ends.get(key), 1, `${key} ended twice`);
    }
  }
}

/** Fences never fall, and `nextDue` is what the rows say. */
export function checkFences({ audit }: Partition): void {
  const fences = new Map<number, number>();
  for (const { rows } of audit) {
    for (const row of rows) {
      assert.ok(row.fence >= (fences.get(row.step) ?? 0), `the fence of ${row.id} fell`);
      fences.set(row.step, row.fence);
    }
  }
}

/** While the run is paused nothing begins: no step is claimed, no wait is taken up again. */
export function checkPauses({ audit }: Partition): void {
  let paused = false;
  const states = new Map<number, string>();
  for (const { rows, head, event } of audit) {
    if ('pausedBy' in head) paused = head.pausedBy !== null;
    for (const row of rows) {
      const began = row.state === 'RUNNING' && states.get(row.step) !== 'RUNNING';
      assert.ok(!paused || !began, `${row.id} began in a paused run, by ${String(event.type)}`);
      states.set(row.step, row.state);
    }
  }
}

export function checkEnded(head: Head): void {
  assert.ok(isEndState(head.state), `the run is ${head.state}`);
  for (const row of head.rows) assert.ok(isEndState(row.state), `${row.id} is ${row.state} in an ended run`);
  assert.equal(head.activeSince, null);
}

/** A run that has not ended is always going to be looked at, unless people alone can move it. */
export function checkAlive(plan: Plan, head: Head): void {
  assert.equal(head.nextDue, nextDue(head));
  if (isEndState(head.state)) return;
  const open = head.rows.filter((row) => row.state === 'RUNNING' || row.state === 'SUSPENDED');
  assert.ok(open.length > 0, `nothing is open in a run that is ${head.state}`);
  for (const row of open) {
    if (row.state === 'RUNNING') assert.ok(row.due !== null && row.lane !== null, `${row.id} runs and nobody looks`);
  }
  const { end } = topologyOf(plan);
  assert.equal(head.rows.length, end + 1);
}

export function checkRun(plan: Plan, partition: Partition): void {
  checkChain(partition);
  checkOnce(partition);
  checkFences(partition);
  checkPauses(partition);
  checkAlive(plan, partition.head);
}
