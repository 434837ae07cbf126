/** What the Durable SDK answers, as a host with the extension makes it answer, told apart by the lanes' port. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DurableClient } from 'durable-functions';
import { laneId, runId, tenantId } from '../../../src/domain/ids.ts';
import { durableLanes, type DurableLanes } from '../../../src/platform/durable/lanes.ts';

const LANE = laneId(runId('r1'), 404, 1);
const TURN = { tenant: tenantId('a'), run: runId('r1'), step: 404, fence: 1, verb: 'FETCH' } as const;
const MISSING = `No instance with ID '${LANE}' found.`;
const EXISTS = 'The operation failed with an unexpected status code: 409. Details: {"Message":"An instance exists"}';
const BROKEN = `The operation failed with an unexpected status code: 500. Details: {"Message":"${LANE} not found"}`;

function lanesOf(answers: Partial<Record<'getStatus' | 'startNew' | 'raiseEvent' | 'terminate', string>>): {
  lanes: DurableLanes;
  called: string[];
} {
  const called: string[] = [];
  const answer = (name: keyof typeof answers, good: unknown) => async () => {
    called.push(name);
    const refusal = answers[name];
    if (refusal === undefined) return good;
    if (refusal in { Running: 1, Failed: 1, Completed: 1 }) return { runtimeStatus: refusal };
    throw new Error(refusal);
  };
  const lanes = durableLanes();
  lanes.bind({
    getStatus: answer('getStatus', { runtimeStatus: 'Running' }),
    startNew: answer('startNew', LANE),
    raiseEvent: answer('raiseEvent', undefined),
    terminate: answer('terminate', undefined),
  } as unknown as DurableClient);
  return { lanes, called };
}

test('an unknown lane is unknown; in either form in which the SDK says 404', async () => {
  const other = `DurableClient error: Durable Functions extension replied with HTTP 404 response. no data: ${LANE}.`;
  for (const getStatus of [MISSING, other]) assert.equal(await lanesOf({ getStatus }).lanes.status(LANE), 'UNKNOWN');
});

test('a failing host is no missing lane, though its answer holds the number 404 and the words', async () => {
  const { lanes } = lanesOf({ getStatus: BROKEN, raiseEvent: BROKEN, terminate: BROKEN });
  const unavailable = { code: 'HUB_UNAVAILABLE' };
  await assert.rejects(lanes.status(LANE), unavailable);
  await assert.rejects(lanes.ring(LANE, 'bell'), unavailable);
  await assert.rejects(lanes.terminate(LANE), unavailable);
});

test('a start that is refused because the lane runs (409) is a start', async () => {
  const { lanes, called } = lanesOf({ startNew: EXISTS, getStatus: 'Running' });
  await lanes.start(LANE, TURN);
  assert.deepEqual(called, ['startNew', 'getStatus']);
});

test('a start that failed and left no lane says so, without the host’s words', async () => {
  const { lanes } = lanesOf({ startNew: BROKEN, getStatus: MISSING });
  await assert.rejects(lanes.start(LANE, TURN), (error: Error) => !error.message.includes('500'));
});

test('a bell or an end for a lane that is gone is nothing; ended and failed lanes are told apart', async () => {
  const { lanes } = lanesOf({ raiseEvent: MISSING, terminate: MISSING });
  await lanes.ring(LANE, 'bell');
  await lanes.terminate(LANE);
  assert.equal(await lanesOf({ getStatus: 'Completed' }).lanes.status(LANE), 'ENDED');
  assert.equal(await lanesOf({ getStatus: 'Failed' }).lanes.status(LANE), 'FAILED');
});

describe('how far the hub is behind', () => {
  /** A hub that ends each probe after `lagMs`, or never; asked at times that the test sets. */
  function probed(lagMs: number | null, failing = false) {
    let at = 1_000_000;
    let started = 0;
    const lanes = durableLanes(() => at);
    lanes.bind({
      startNew: async () => void (started = at),
      getStatus: async () => {
        const ended = lagMs !== null && at - started >= lagMs;
        const lastUpdatedTime = new Date(ended ? started + lagMs : started);
        const runtimeStatus = ended ? (failing ? 'Failed' : 'Completed') : 'Running';
        return { runtimeStatus, createdTime: new Date(started), lastUpdatedTime };
      },
    } as unknown as DurableClient);
    return async (laterMs: number) => {
      at += laterMs;
      return lanes.lag();
    };
  }

  test('is not known at once, then by the hub’s own times, however late it is asked', async () => {
    for (const late of [1_000, 30_000, 60_000]) {
      const lag = probed(800);
      assert.equal(await lag(0), null);
      assert.equal(await lag(late), 800);
    }
  });

  test('is at least the age of a probe that has not ended', async () => {
    const lag = probed(null);
    assert.equal(await lag(0), null);
    assert.equal(await lag(12_000), 12_000);
    assert.equal(await lag(70_000), 82_000);
  });

  test('is measured anew when it is old, or when the probe failed', async () => {
    const lag = probed(800);
    await lag(0);
    assert.equal(await lag(61_000), null);
    assert.equal(await lag(10_000), 800);
    const failing = probed(800, true);
    await failing(0);
    assert.equal(await failing(1_000), null);
  });
});
