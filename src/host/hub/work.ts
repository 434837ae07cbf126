/**
 * Runs activities and durable HTTP calls, so many at a time, and posts their outcome as a letter. Each one has its row in the
 * queue until then: after a crash it runs again (at least once, durable-protocol §8 c).
 */
import type { Core } from './core.ts';
import { failureOfActivity } from './failure.ts';
import { callHttp } from './http-call.ts';
import { rebuild, type Live, type Memory } from './live.ts';
import { ENDED, type HttpCall, type Message } from './records.ts';
import { MAX_PAYLOAD, Refusal, refusalText } from './refusals.ts';

interface Job {
  n: number;
  instance: string;
  g: number;
  i: number;
  q: number;
  run: () => Promise<Message>;
}

export class Work {
  private readonly core: Core;
  private readonly waiting: Job[] = [];
  private head = 0;
  private active = 0;
  readonly full: boolean;

  constructor(core: Core, full: boolean) {
    this.core = core;
    this.full = full;
  }

  get running(): number {
    return this.active;
  }

  memoryOf(live: Live): Memory {
    return rebuild(live.row, this.core.tables.episodes(live.row.n), this.full);
  }

  activity(live: Live, g: number, i: number, q: number, name: string, input: string | undefined): void {
    const once = () => this.runActivity(g, i, name, input);
    const { roughWorker } = this.core;
    const run = roughWorker ? () => roughWorker.activity(live.row.id, g, i, name, once) : once;
    this.add(live, { n: live.row.n, instance: live.row.id, g, i, q, run });
  }

  http(live: Live, g: number, i: number, q: number, call: HttpCall): void {
    const run = async (): Promise<Message> => ({ k: 'done', g, i, r: JSON.stringify(await callHttp(call)) });
    this.add(live, { n: live.row.n, instance: live.row.id, g, i, q, run });
  }

  private add(live: Live, job: Job): void {
    live.running += 1;
    this.waiting.push(job);
    this.pump();
  }

  private pump(): void {
    while (this.active < this.core.options.maxActivities && this.head < this.waiting.length && !this.core.stopping) {
      const job = this.waiting[this.head] as Job;
      this.head += 1;
      if (this.head > 1024 && this.head * 2 > this.waiting.length) {
        this.waiting.splice(0, this.head);
        this.head = 0;
      }
      this.active += 1;
      void this.execute(job);
    }
  }

  private async execute(job: Job): Promise<void> {
    let message: Message;
    try {
      message = await job.run();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof Refusal) this.core.log('error', reason, { code: error.code, instance: job.instance });
      message = { k: 'fail', g: job.g, i: job.i, f: { reason, details: '' } };
    }
    this.active -= 1;
    this.finished(job, message);
    this.pump();
  }

  private finished(job: Job, message: Message): void {
    if (this.core.store.isClosed) return; // its row is still a task: it runs again after the restart
    const live = this.core.cache.get(job.n);
    if (live) live.running = Math.max(0, live.running - 1);
    const open = live && live.row.gen === job.g && !ENDED.has(live.row.status);
    if (open) this.core.answer(live, job.q, message);
    else this.core.store.write(() => this.core.tables.dequeue(job.q));
  }

  private async runActivity(g: number, i: number, name: string, input: string | undefined): Promise<Message> {
    const { app, options } = this.core;
    const found = this.core.functionNamed(name);
    if (!app || !found) throw new Error(refusalText('UNKNOWN_ACTIVITY', name));
    const direct = options.strict === undefined;
    try {
      const result = await app.invoke(found.name, {
        trigger: input === undefined ? {} : { string: input },
        ...(direct ? { direct: { input: input === undefined ? undefined : argument(input) } } : {}),
      });
      const r = direct ? (JSON.stringify(result.result) ?? 'null') : wireResult(result.returnValue);
      if (r.length > MAX_PAYLOAD / 4 && Buffer.byteLength(r) > MAX_PAYLOAD) {
        const what = `The output of activity "${name}"`;
        const reason = refusalText('PAYLOAD_TOO_LARGE', what, Buffer.byteLength(r), MAX_PAYLOAD);
        this.core.log('error', reason, { code: 'PAYLOAD_TOO_LARGE' });
        return { k: 'fail', g, i, f: { reason: `Activity function '${name}' failed:  ${reason}`, details: '' } };
      }
      return { k: 'done', g, i, r };
    } catch (error) {
      return { k: 'fail', g, i, f: failureOfActivity(name, error) };
    }
  }
}

/** A JSON text; null reaches the handler as undefined, as on the wire. */
function argument(input: string): unknown {
  const value = JSON.parse(input) as unknown;
  return value === null ? undefined : value;
}

function wireResult(
  value: { json?: string; string?: string; int?: number; double?: number } | null | undefined,
): string {
  if (value === undefined || value === null) return 'null';
  if (value.json !== undefined) return value.json;
  if (value.string !== undefined) return JSON.stringify(value.string);
  const number = value.int ?? value.double;
  return number === undefined ? 'null' : JSON.stringify(number);
}
