/**
 * One random life of a write: a target of one kind, random faults on its connections, deaths of the process at random
 * boundaries, turns delivered twice at the same time to processes whose clocks differ, and a person who looks into the
 * target and says the truth.
 */
import assert from 'node:assert/strict';
import { VERBS } from '../../src/activities/verbs.ts';
import { workTurn } from '../../src/activities/turn.ts';
import { commitRun } from '../../src/app/commit-run.ts';
import { controlRun } from '../../src/app/control-run.ts';
import { resolveEffect } from '../../src/app/resolve-effect.ts';
import { principalId, type RunScope } from '../../src/domain/ids.ts';
import type { Row } from '../../src/domain/run/head.ts';
import type { Fault, TargetKind } from '../unit/verbs/fake-adapters.ts';
import { publishSamples } from '../unit/verbs/samples.ts';
import { Crash, makeWorld, type World } from '../unit/verbs/world.ts';
import { proveRun } from '../support/offline-audit.ts';
import { seeded, type Seeded } from '../support/seeded.ts';

const POST = 1;
/** Worlds in which a turn is being worked: only then a process can die in it. */
const working = new WeakSet<World>();
const operator = principalId('operator');

export interface Life {
  readonly kind: TargetKind;
  readonly state: string;
  /** How often each record was written. */
  readonly written: readonly number[];
  readonly trace: string;
}

export async function liveOnce(seed: number): Promise<Life> {
  const random = seeded(seed);
  const kind = random.pick(['honours', 'askable', 'neither'] as const);
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = kind;
  world.target.batchMax = 1 + random.below(2);
  world.target.lagMs = random.pick([0, 0, 4_000]);
  const records = Array.from({ length: 1 + random.below(4) }, (_, at) => ({ id: `r${at}` }));
  world.target.faults.push(...Array.from({ length: random.below(5) }, () => randomFault(random)));
  world.publish('Workflow', 'write', {
    id: 'write',
    steps: [{ id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records }],
  });
  let deaths = random.below(4);
  world.runs.onCommit = () => {
    if (!working.has(world) || deaths === 0 || random.below(6) !== 0) return;
    deaths -= 1;
    world.runs.dead = new Crash('died at a commit');
    throw world.runs.dead;
  };
  world.target.gate = async () => {
    for (let turns = random.below(12); turns > 0; turns--) await new Promise((next) => setImmediate(next));
  };
  const scope = await world.start('write');
  await live(world, scope, random);
  const head = (await world.runs.readHead(scope))!.head;
  const documents = (['input', 'effect', 'request', 'result'] as const).flatMap((kind) => world.runs.all(kind));
  proveRun({ head, documents, chain: await world.runs.readAudit(scope, 1, 10_000) });
  const bodies = world.target.entries.flatMap((entry) => entry.body as readonly { id: string }[]);
  const written = records.map((record) => bodies.filter((each) => each.id === record.id).length);
  return { kind, state: head.state, written, trace: JSON.stringify({ seed, kind, written, events: world.events }) };
}

function randomFault(random: Seeded): Fault {
  return random.pick<Fault>([
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'during' },
    { kind: 'cut', when: 'after' },
    { kind: 'not-sent' },
    { kind: 'refuse', retryable: true },
    { kind: 'refuse-one', index: 99 },
  ]);
}

/** Works until the run has ended; what waits for a person or has failed is taken up again. */
async function live(world: World, scope: RunScope, random: Seeded): Promise<void> {
  for (let rounds = 0; rounds < 60; rounds++) {
    await deliver(world, random);
    const head = (await world.runs.readHead(scope))!.head;
    if (world.queue.length > 0) continue;
    if (head.state === 'SUCCEEDED') return;
    if (head.state === 'FAILED') await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: operator });
    else if (head.rows[POST]?.reason === 'EFFECT') await lookAndSay(world, scope);
    else recover(world, scope, head.rows);
  }
  assert.fail(`no end after 60 rounds: ${JSON.stringify(world.events)}`);
}

async function lookAndSay(world: World, scope: RunScope): Promise<void> {
  const open = world.runs.all('effect').find((each) => each.state === 'unknown');
  if (open === undefined) return sweep(world, scope);
  const happened = world.target.entries.some((entry) => entry.key === open.key);
  const resolution = happened ? 'happened' : 'send-again';
  await resolveEffect(world.deps, scope, { effect: open.id, resolution, by: operator, reason: 'looked' });
}

/** Two executions overlapped, and what one asked a person the other knew: the next look at the slot finds it. */
async function sweep(world: World, scope: RunScope): Promise<void> {
  const row = (await world.runs.readHead(scope))!.head.rows[POST]!;
  assert(row.due !== null, 'a step waits for a person, no effect is unknown, and nobody looks again');
  world.clock.advance(Math.max(0, Date.parse(row.due) - Date.parse(world.clock.now())));
  const { fence } = row;
  await commitRun(world.deps, scope, () => ({ event: { type: 'DEADLINE_PASSED', step: POST, fence } }));
}

/** What the sweep does for a lane whose turn got lost with a dead process. */
function recover(world: World, scope: RunScope, rows: readonly Row[]): void {
  const row = rows.find((each) => each.state === 'RUNNING');
  if (row?.lane == null) return;
  const verb = row.step === 0 ? 'BEGIN' : row.step === POST ? 'PUSH' : 'END';
  world.queue.push({ lane: row.lane, turn: { ...scope, step: row.step, fence: row.fence, verb } });
}

/** Clocks of two processes differ: by less than the grace that follows an attempt's deadline. */
function skewed({ deps }: World, random: Seeded): World['deps'] {
  const ms = random.pick([0, 25_000]);
  const now = (): string => new Date(Date.parse(deps.clock.now()) + ms).toISOString();
  return { ...deps, clock: { ...deps.clock, now } };
}

/** Takes one turn; at random gives it to two executions that overlap. */
async function deliver(world: World, random: Seeded): Promise<void> {
  const next = world.queue.shift();
  if (next === undefined) return;
  const turn = { ...next.turn, lane: next.lane };
  const twice = random.below(4) === 0;
  working.add(world);
  const executions = Array.from({ length: twice ? 2 : 1 }, () =>
    workTurn(skewed(world, random), VERBS, turn, { straightOnMs: 0 }),
  );
  const answers = await Promise.allSettled(executions);
  working.delete(world);
  world.runs.dead = null;
  const outs = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  for (const answer of answers)
    if (answer.status === 'rejected' && !(answer.reason instanceof Crash)) throw answer.reason;
  const out = outs.find((each) => each.next !== null);
  if (out?.next != null) {
    if (out.sleepUntil !== null)
      world.clock.advance(Math.max(0, Date.parse(out.sleepUntil) - Date.parse(world.clock.now())));
    world.queue.push({ lane: next.lane, turn: out.next });
  } else if (outs.length === 0) world.queue.unshift(next);
}
