/** Does rough weather do, repeatably, what the real host was seen to do? Ids are fixed, so a seed decides everything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Weather } from '../../../src/host/hub/weather.ts';
import { arriveAll } from './arrive.ts';
import { testHub, type TestHub } from './support.ts';

const SEED = 11;
const SCALE = 1 / 500;

async function inWeather(
  body: (hub: TestHub, weather: Weather) => Promise<void>,
  { held = false, timeScale = SCALE } = {},
): Promise<void> {
  const hub = await testHub({ weather: { seed: SEED, timeScale } }, { held });
  try {
    await body(hub, new Weather({ seed: SEED, timeScale }));
  } finally {
    await hub.stop();
  }
}

const between = (value: number, low: number, high: number) => value > low && value < high;

/** The first id of a family for which the weather decides as wanted. */
function idWhere(prefix: string, wanted: (id: string) => boolean): string {
  for (let n = 0; n < 10_000; n += 1) if (wanted(`${prefix}${n}`)) return `${prefix}${n}`;
  throw new Error(`seed ${SEED}: no id of 10,000 fits`);
}

/** How often an activity ran, asked in an instance that the weather spares. */
async function runsOf(hub: TestHub, weather: Weather, key: string): Promise<{ begun: number; most: number }> {
  const id = idWhere(
    `runs-${key}-`,
    (one) => weather.activity(one, 0, 0) === 'calm' && !weather.replayFails(one, 0, 1),
  );
  await hub.start('chainOfRuns', { key }, id);
  return (await hub.until(id, 'Completed')).output as { begun: number; most: number };
}

test('the same seed decides the same, another one something else', () => {
  const decisions = (seed: number) => {
    const weather = new Weather({ seed });
    return Array.from({ length: 200 }, (_, i) => [
      weather.timerShift('a', 0, i),
      weather.activity('a', 0, i),
      weather.event('a', 'e'),
    ]);
  };
  assert.deepEqual(decisions(1), decisions(1));
  assert.notDeepEqual(decisions(1), decisions(2));
});

test('timers come 1 s early to 12 s late, scaled, and both happen', () => {
  const weather = new Weather({ seed: 3, timeScale: 1 / 50 });
  const shifts = Array.from({ length: 2000 }, (_, i) => weather.timerShift('t', 0, i));
  assert.ok(Math.min(...shifts) >= -20 && Math.min(...shifts) < -15);
  assert.ok(Math.max(...shifts) <= 240 && Math.max(...shifts) > 150);
});

test('an early timer is taken as it is: the orchestrator sees a time before its due time', () =>
  inWeather(
    async (hub, weather) => {
      const early = idWhere('early', (id) => weather.timerShift(id, 0, 0) < -150);
      await hub.start('sleeper', { ms: 200 }, early);
      assert.ok(((await hub.until(early)).output as number) < 0);
      const late = idWhere('late', (id) => between(weather.timerShift(id, 0, 0), 30, 60));
      await hub.start('sleeper', { ms: 1 }, late);
      assert.ok(((await hub.until(late)).output as number) >= 29);
    },
    { timeScale: 1 / 5 },
  ));

test('an activity runs twice and overlaps, and its result counts once', () =>
  inWeather(async (hub, weather) => {
    const twice = (id: string) => weather.activity(id, 0, 0) === 'twice' && weather.secondRunAfter(id, 0, 0) < 2;
    const id = idWhere('twice', (one) => twice(one) && weather.activity(one, 0, 1) === 'calm');
    await hub.start('countedOnce', { key: id }, id);
    assert.equal((await hub.until(id, 'Completed')).output, 'end');
    const runs = await runsOf(hub, weather, id);
    assert.deepEqual([runs.begun, runs.most], [2, 2]);
    const { historyEvents } = await hub.status(id, '?showHistory=true');
    assert.equal(historyEvents?.filter((event) => event['EventType'] === 'TaskCompleted').length, 2);
  }));

for (const [fate, begun] of [
  ['killedBefore', 0],
  ['killedDuring', 1],
] as const) {
  test(`a killed worker fails its activity at once (${fate})`, () =>
    inWeather(async (hub, weather) => {
      const alone = (one: string) => weather.activity(one, 0, 0) === fate && weather.lanesStruck(one, 0, 0) === 0;
      const id = idWhere(fate, alone);
      await hub.start('countedOnce', { key: id }, id);
      const status = await hub.until(id, 'Failed');
      assert.match(String(status.output), /Activity function 'counted' failed: {2}node exited with code 137/);
      assert.equal((await runsOf(hub, weather, id)).begun, begun);
    }));
}

test('a killed worker takes with it all that it has in hand: every activity, and lanes that it was replaying', () =>
  inWeather(
    async (hub, weather) => {
      const calm = (id: string) => weather.activity(id, 0, 0) === 'calm' && !weather.replayFails(id, 0, 1);
      const others = ['a', 'b', 'c'].map((prefix) => idWhere(prefix, calm));
      for (const id of others) await hub.start('held', {}, id);
      for (const id of others) await hub.until(id, 'Running');
      const killer = idWhere(
        'killer',
        (id) =>
          weather.activity(id, 0, 0) === 'killedDuring' &&
          weather.lanesStruck(id, 0, 0) === 1 &&
          weather.hop(id, 0, 0) > weather.scale * 55 &&
          others.every((other) => weather.hop(other, 0, 0) < weather.scale * 50),
      );
      await hub.start('countedOnce', { key: killer }, killer);
      const ends = await Promise.all([...others, killer].map((id) => hub.until(id, 'Failed')));
      const words = ends.map(({ output }) => /code 137|Non-Deterministic/.exec(String(output))?.[0]).sort();
      assert.deepEqual(words, ['Non-Deterministic', 'code 137', 'code 137', 'code 137']);
      assert.equal(hub.log.filter(({ message }) => message.includes('with 4 activities in hand')).length, 1);
    },
    { timeScale: 1 / 5 },
  ));

test('a lane fails in a replay with the real words, its code unchanged', () =>
  inWeather(async (hub, weather) => {
    const id = idWhere('lane', (one) => weather.replayFails(one, 0, 1) && weather.activity(one, 0, 0) === 'calm');
    await hub.start('countedOnce', { key: id }, id);
    assert.match(String((await hub.until(id, 'Failed')).output), /Non-Deterministic workflow detected/);
  }));

test('retries carry a lane through whatever befalls its activities', () =>
  inWeather(async (hub, weather) => {
    const struck = (id: string) =>
      Array.from({ length: 40 }, (_, i) => i).some((i) => weather.activity(id, 0, i).startsWith('killed')) &&
      Array.from({ length: 80 }, (_, i) => i).every(
        (i) => !weather.activity(id, 0, i).startsWith('killed') || weather.lanesStruck(id, 0, i) === 0,
      ) &&
      !Array.from({ length: 80 }, (_, i) => weather.replayFails(id, 0, i)).includes(true);
    const id = idWhere('many', struck);
    await hub.start('countedMany', { key: id, n: 30 }, id);
    assert.equal((await hub.until(id, 'Completed', 'Failed')).output, 30);
  }));

test('an event at the moment of the start finds nobody, and a second start is accepted and dropped', () =>
  inWeather(
    async (hub, weather) => {
      const nobody = idWhere('there', (id) => new Weather({ seed: SEED }).notYetThere(id));
      await hub.start('waiter', { names: ['a'] }, nobody);
      assert.equal(await hub.raise(nobody, 'a', 1), 404);
      const second = idWhere('second', (id) => new Weather({ seed: SEED }).secondStart(id));
      await hub.start('chain', { n: 2 }, second);
      assert.equal((await hub.call('POST', `orchestrators/chain/${second}`, { n: 9 })).status, 202);
      const refused = idWhere('refused', (id) => !new Weather({ seed: SEED }).secondStart(id));
      await hub.start('chain', { n: 2 }, refused);
      assert.equal((await hub.call('POST', `orchestrators/chain/${refused}`, { n: 9 })).status, 409);
      assert.equal(weather.seed, SEED);
    },
    { held: true },
  ));

test('an event comes twice', () =>
  inWeather(async (hub) => {
    const id = idWhere('double', (one) => new Weather({ seed: SEED }).event(one, 'e').copies === 2);
    await hub.start('waiter', { names: ['e', 'e'] }, id);
    await hub.until(id, 'Running');
    await hub.raise(id, 'e', 1);
    assert.deepEqual((await hub.until(id)).output, [1, 1]);
  }));

test('the last event before continueAsNew comes again after it', () =>
  inWeather(async (hub, weather) => {
    const calm = (id: string) => [0, 1, 2].every((gen) => [1, 2].every((ep) => !weather.replayFails(id, gen, ep)));
    const fits = (id: string) => weather.lastEventAgain(id, 0) && !weather.lastEventAgain(id, 1) && calm(id);
    const id = idWhere('again', (one) => {
      const fresh = new Weather({ seed: SEED });
      return fits(one) && [1, 2].every(() => fresh.event(one, 'n').copies === 1);
    });
    await hub.start('collector', { got: [], until: 2 }, id);
    await hub.until(id, 'Running');
    await hub.raise(id, 'n', 1);
    await hub.raise(id, 'n', 2);
    assert.deepEqual((await hub.until(id)).output, [1, 1, 2]);
  }));

test('after a crash an instance stands still for a while', () =>
  inWeather(
    async (hub) => {
      const id = idWhere('stalls', (one) => new Weather({ seed: SEED, timeScale: SCALE }).stall(one) > 60);
      await hub.start('chain', { n: 1 }, id);
      const begin = performance.now();
      await hub.restart();
      await hub.until(id);
      assert.ok(performance.now() - begin >= 50);
    },
    { held: true },
  ));

for (const seed of [1, 2, 3]) {
  test(`lanes that are started again after every failure all arrive (seed ${seed})`, () => arriveAll(seed));
}
