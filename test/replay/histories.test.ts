/**
 * Recorded histories of every release, replayed by the SDK as published against the lane of today: a lane that waits since
 * then must decide as it did. A changed lane is caught here, before it meets such a lane in production.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import * as df from 'durable-functions';
import { LANE_VERSION } from '../../src/domain/run/lane-version.ts';
import type { Turn } from '../../src/domain/run/head.ts';
import { currentLane, replay, type AnyLane } from './golden/replay.ts';
import { SCRIPTS } from './golden/scripts.ts';

interface Recorded {
  readonly payload: { readonly history: readonly { readonly EventType: number }[] };
  readonly decided: {
    readonly isDone?: boolean;
    readonly actions?: readonly (readonly unknown[])[];
    readonly threw?: string;
  };
}
const folder = join(import.meta.dirname, 'histories');
const files = globSync('*/*.json', { cwd: folder }).sort();
const read = (file: string): Recorded[] => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded[];

/** How many of the recorded decisions a lane makes otherwise. */
async function differences(lane: AnyLane, file: string): Promise<number> {
  let different = 0;
  for (const { payload, decided } of read(file)) {
    const now = await replay(lane, payload);
    if (JSON.stringify(now) !== JSON.stringify(decided)) different += 1;
  }
  return different;
}

describe('recorded histories', () => {
  for (const file of files)
    test(`${file} replays unchanged`, async () => {
      for (const { payload, decided } of read(file)) assert.deepEqual(await replay(currentLane(), payload), decided);
    });

  test('there is one of everything that can happen to a lane', () => {
    for (const release of new Set(files.map(dirname))) {
      const recorded = files.filter((file) => dirname(file) === release).map((file) => basename(file, '.json'));
      assert.deepEqual(recorded, Object.keys(SCRIPTS).sort(), release);
    }
    const all = files.flatMap(read);
    const events = new Set(all.flatMap(({ payload }) => payload.history.map(({ EventType }) => EventType)));
    // Scheduled, completed and failed tasks; timers made and fired; events raised; batches begun and ended.
    for (const type of [0, 4, 5, 6, 10, 11, 12, 13, 15]) assert.ok(events.has(type), `no event of type ${type}`);
    assert.ok(all.some(({ decided }) => decided.threw !== undefined));
    assert.ok(
      all.some(({ decided }) => JSON.stringify(decided).includes('"actionType":4')),
      'no continueAsNew',
    );
  });

  test('they hold ids and codes only', () => {
    for (const file of files)
      assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /file:\/\/|\.ts:\d+|\/home\/|\/tmp\//);
  });
});

type Context = {
  readonly df: df.OrchestrationContext['df'];
};
const again = new df.RetryOptions(1_000, 3);
interface Answer {
  readonly next: Turn | null;
  readonly sleepUntil: string | null;
  readonly doorbell: string | null;
}

/** Lanes that somebody could write in good faith. */
const MUTANTS: Readonly<Record<string, (context: Context) => Generator<unknown, void, unknown>>> = {
  *'another retry'({ df: lane }) {
    const turn = lane.getInput() as Turn;
    yield lane.callActivityWithRetry(turn.verb, new df.RetryOptions(1_000, 5), { ...turn, lane: lane.instanceId });
  },
  *'no retry'({ df: lane }) {
    const turn = lane.getInput() as Turn;
    yield lane.callActivity(turn.verb, { ...turn, lane: lane.instanceId });
  },
  *'something first'({ df: lane }) {
    const turn = lane.getInput() as Turn;
    yield lane.callActivity('PROBE', turn);
    yield lane.callActivityWithRetry(turn.verb, again, { ...turn, lane: lane.instanceId });
  },
  *'bell before sleep'({ df: lane }) {
    let turn = lane.getInput() as Turn;
    for (let turns = 0; turns < 50; turns++) {
      const out = (yield lane.callActivityWithRetry(turn.verb, again, { ...turn, lane: lane.instanceId })) as Answer;
      if (!out.next) return;
      if (out.doorbell) yield lane.waitForExternalEvent(out.doorbell);
      if (out.sleepUntil) yield lane.createTimer(new Date(out.sleepUntil));
      turn = out.next;
    }
    lane.continueAsNew(turn);
  },
  *'shorter generations'({ df: lane }) {
    let turn = lane.getInput() as Turn;
    for (let turns = 0; turns < 40; turns++) {
      const out = (yield lane.callActivityWithRetry(turn.verb, again, { ...turn, lane: lane.instanceId })) as Answer;
      if (!out.next) return;
      if (out.sleepUntil) yield lane.createTimer(new Date(out.sleepUntil));
      if (out.doorbell) yield lane.waitForExternalEvent(out.doorbell);
      turn = out.next;
    }
    lane.continueAsNew(turn);
  },
};

describe('a changed lane is caught', () => {
  for (const [what, lane] of Object.entries(MUTANTS))
    test(what, async () => {
      let different = 0;
      for (const file of files) different += await differences(lane as unknown as AnyLane, file);
      assert.ok(different > 0);
    });
});

test('the version of the lane is the one that the host gives new instances', () => {
  const host = JSON.parse(readFileSync(join(import.meta.dirname, '../../host.json'), 'utf8')) as {
    readonly extensions: { readonly durableTask: Readonly<Record<string, unknown>> };
  };
  const { defaultVersion, versionMatchStrategy, versionFailureStrategy } = host.extensions.durableTask;
  assert.deepEqual(
    [defaultVersion, versionMatchStrategy, versionFailureStrategy],
    [LANE_VERSION, 'CurrentOrOlder', 'Reject'],
  );
  assert.match(LANE_VERSION, /^\d+\.\d+$/);
});
