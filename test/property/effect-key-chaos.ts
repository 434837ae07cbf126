/**
 * Random lives of several runs that carry one effect key: their turns overlap, connections are cut, processes die, claims
 * lose their answers, operators retry what has failed, and a person who looks into the target says the truth.
 */
import assert from 'node:assert/strict';
import { VERBS } from '../../src/activities/verbs.ts';
import { workTurn } from '../../src/activities/turn.ts';
import { controlRun } from '../../src/app/control-run.ts';
import { resolveEffect } from '../../src/app/resolve-effect.ts';
import { principalId, type RunScope } from '../../src/domain/ids.ts';
import type { Head } from '../../src/domain/run/head.ts';
import type { Fault } from '../unit/verbs/fake-adapters.ts';
import { publishSamples } from '../unit/verbs/samples.ts';
import { Crash, makeWorld, type World } from '../unit/verbs/world.ts';
import { seeded, type Seeded } from '../support/seeded.ts';

const POST = 1;
const operator = principalId('operator');

export interface Lives {
  /** Why each run ended as it did; null for the one that wrote. */
  readonly codes: readonly (string | null)[];
  /** How often each record was written, by any run. */
  readonly written: readonly number[];
  readonly trace: string;
}

export async function liveTogether(seed: number): Promise<Lives> {
  const random = seeded(seed);
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = random.pick(['honours', 'askable', 'neither'] as const);
  world.target.batchMax = 1;
  const records = Array.from({ length: 1 + random.below(2) }, (_, at) => ({ id: `r${at}` }));
  world.publish('Workflow', 'write', {
    id: 'write',
    steps: [{ id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records, effectKey: 'the-one' }],
  });
  world.target.faults.push(...Array.from({ length: random.below(7) }, () => randomFault(random)));
  unsettle(world, random);
  const runs: RunScope[] = [];
  for (let n = 2 + random.below(2); n > 0; n--) runs.push(await world.start('write'));
  const heads = await live(world, runs, random);
  const bodies = world.target.entries.flatMap((entry) => entry.body as readonly { id: string }[]);
  const written = records.map((record) => bodies.filter((each) => each.id === record.id).length);
  const codes = heads.map((head) => (head.state === 'SUCCEEDED' ? null : (head.rows[POST]?.errorCode ?? head.state)));
  return { codes, written, trace: JSON.stringify({ seed, codes, written, events: world.events }) };
}

const randomFault = (random: Seeded): Fault =>
  random.pick<Fault>([
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'after' },
    { kind: 'not-sent' },
    { kind: 'refuse', retryable: true },
    { kind: 'refuse', retryable: false },
    { kind: 'refuse', retryable: false },
  ]);

/** Every place at which two turns can overtake each other lets others go first, at random; a few claims lose their answer. */
function unsettle(world: World, random: Seeded): void {
  /** Now and then long enough for another turn to do all that it has to do. */
  const pause = async (): Promise<void> => {
    for (let turns = random.below(random.below(4) === 0 ? 60 : 6); turns > 0; turns--)
      await new Promise((next) => setImmediate(next));
  };
  const { readHead, listDocuments, readDocuments } = world.runs;
  world.runs.readHead = async (...asked) => (await pause(), readHead(...asked));
  world.runs.listDocuments = async (...asked) => (await pause(), listDocuments(...asked));
  world.runs.readDocuments = async (...asked) => (await pause(), readDocuments(...asked));
  world.target.gate = pause;
  let lost = random.below(3);
  world.claims.onClaim = async (when) => {
    await pause();
    if (when === 'before' || lost === 0 || random.below(3) > 0) return;
    lost -= 1;
    throw new Crash('the answer of a claim');
  };
}

async function live(world: World, runs: readonly RunScope[], random: Seeded): Promise<readonly Head[]> {
  for (let rounds = 0; rounds < 80; rounds++) {
    await deliver(world, random);
    if (world.queue.length > 0 && random.below(3) > 0) continue;
    const heads = await Promise.all(runs.map(async (scope) => (await world.runs.readHead(scope))!.head));
    const wrote = heads.some((head) => head.state === 'SUCCEEDED');
    if (world.queue.length === 0 && wrote && heads.every((head) => head.endedAt !== null)) return heads;
    for (const [at, head] of heads.entries()) await takeUp(world, runs[at] as RunScope, head, random);
  }
  assert.fail(`no end after 80 rounds: ${JSON.stringify(world.events)}`);
}

async function takeUp(world: World, scope: RunScope, head: Head, random: Seeded): Promise<void> {
  if (head.state === 'FAILED') {
    if (random.below(2) === 0) await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: operator });
    return;
  }
  if (head.rows[POST]?.reason !== 'EFFECT') return;
  const own = await world.runs.listDocuments(scope, 'effect');
  const open = own.find((each) => each.state === 'unknown');
  if (open === undefined) return;
  const happened = world.target.entries.some((entry) => entry.key === open.key);
  const resolution = happened ? 'happened' : random.pick(['send-again', 'did-not-happen'] as const);
  await resolveEffect(world.deps, scope, { effect: open.id, resolution, by: operator, reason: 'looked' });
}

/** Works some of the waiting turns at the same time. */
async function deliver(world: World, random: Seeded): Promise<void> {
  const taken = world.queue.splice(0, 1 + random.below(3));
  const answers = await Promise.allSettled(
    taken.map(({ lane, turn }) => workTurn(world.deps, VERBS, { ...turn, lane }, { straightOnMs: 0 })),
  );
  for (const [at, answer] of answers.entries()) {
    const { lane, turn } = taken[at] as (typeof taken)[number];
    if (answer.status === 'rejected') {
      if (!(answer.reason instanceof Crash)) throw answer.reason;
      world.queue.push({ lane, turn });
    } else if (answer.value.next !== null) {
      const wait = Date.parse(answer.value.sleepUntil ?? '') - Date.parse(world.clock.now());
      if (wait > 0) world.clock.advance(wait);
      world.queue.push({ lane, turn: answer.value.next });
    }
  }
}
