/**
 * Runs an orchestrator's function over a history and reads its decision. The one place that calls the app for orchestrations;
 * the payload's format belongs to `sdk/`.
 *
 * Direct mode hands objects through; strict mode sends JSON both ways and replays a second time to compare.
 */
import type { Core } from './core.ts';
import type { Live, Memory } from './live.ts';
import type { ParentLink } from './records.ts';
import { signatureOf } from './sdk/actions.ts';
import { decisionFromError, decisionFromResult, type Decision } from './sdk/decision.ts';
import { payloadFor, wirePayload } from './sdk/payload.ts';
import { misfit } from './versions.ts';

/** A decision, or why there was no replay. */
export type Replayed = { decision: Decision } | { refused: string };

/** What the real host says when a worker is killed in the middle of a replay; the code has not changed. */
const STORM =
  'Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task with sequence ID 0, ' +
  "but the current replay execution hasn't (yet?) scheduled this task.";

export class Replayer {
  private readonly core: Core;
  /** Whether history carries every event type, as on Azure, or only those that the SDK reads. */
  readonly full: boolean;

  constructor(core: Core) {
    this.core = core;
    this.full = core.options.strict !== undefined;
  }

  async run(live: Live, memory: Memory): Promise<Replayed> {
    const found = this.core.functionNamed(live.row.name);
    if (found?.trigger.type !== 'orchestrationTrigger') {
      const { name } = live.row;
      return { refused: `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.` };
    }
    const unfit = misfit(this.core.options.versioning, live.row.version);
    if (unfit !== undefined) return { refused: unfit };
    const { options, roughWorker } = this.core;
    const { id, gen } = live.row;
    if (options.weather?.replayFails(id, gen, memory.episodes) || roughWorker?.replayFails(memory.episodes))
      return { decision: decisionFromError(new Error(STORM)) };
    if (!this.core.options.strict) return { decision: await this.once(live, memory, found.name, true) };
    const wire = await this.once(live, memory, found.name, false);
    const again = await this.once(live, memory, found.name, true);
    const difference = compare(wire, again);
    if (difference !== undefined) {
      wire.outcome = 'failed';
      wire.error = difference;
      wire.actions = [];
      wire.unstable = true;
      return { decision: wire };
    }
    // The direct replay's actions keep their identity, which is what finds a task that was used twice.
    return { decision: { ...wire, actions: again.outcome === 'failed' ? wire.actions : again.actions } };
  }

  private async once(live: Live, memory: Memory, name: string, direct: boolean): Promise<Decision> {
    const parent = live.row.parent === null ? null : (JSON.parse(live.row.parent) as ParentLink).id;
    const replaying = memory.episodes > 0;
    const payload = payloadFor(live.row, memory.events, {
      schema: this.core.options.schema,
      replaying,
      parentInstanceId: parent,
    });
    const app = this.core.app;
    if (!app) throw new Error('The hub has no app yet.');
    try {
      const result = await app.invoke(name, {
        trigger: { json: direct ? 'null' : wirePayload(payload) },
        subject: live.row.n,
        ...(direct ? { direct: { input: payload } } : {}),
      });
      return decisionFromResult(result, direct);
    } catch (error) {
      return decisionFromError(error);
    }
  }
}

/** Two replays of one history must ask for the same things with the same data; ids and clock are the context's. */
function compare(first: Decision, second: Decision): string | undefined {
  const length = Math.max(first.actions.length, second.actions.length);
  for (let top = 0; top < length; top += 1) {
    const [a, b] = [first.actions[top], second.actions[top]];
    if (a && b && JSON.stringify(a) === JSON.stringify(b)) continue;
    return `${top}: '${a ? signatureOf(a) : 'nothing'}' and then '${b ? signatureOf(b) : 'nothing'}'`;
  }
  if (first.outcome !== second.outcome) return `outcome: '${first.outcome}' and then '${second.outcome}'`;
  if (first.output !== second.output) return 'outcome: two different outputs';
  return undefined;
}
