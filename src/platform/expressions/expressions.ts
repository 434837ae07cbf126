/**
 * `Expressions` on a small pool of worker threads. Literals and plain paths are read in place: they cannot run away, and
 * most steps have nothing else. Everything else goes to a worker that is killed after 250 ms and replaced.
 */
import { PlatformFault } from '../../domain/errors.ts';
import { valueInPlace } from '../../domain/expression/in-place.ts';
import { pruneConditionScope, pruneScope } from '../../domain/expression/prune.ts';
import type { Json } from '../../domain/json.ts';
import type { Evaluated, Expressions, Scope } from '../../ports/expressions.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import type { Limits, Outcome } from './supervised-worker.ts';
import type { Call } from './protocol.ts';

export interface ExpressionsOptions {
  /** The worker's file; the bundle names its own. */
  readonly workerUrl?: URL;
  readonly workers?: number;
  readonly stepMs?: number;
  readonly callMs?: number;
  readonly heapMb?: number;
}

const MAX_INPUT = 32_000_000;

export function createExpressions(options: ExpressionsOptions = {}): Expressions {
  return new WorkerExpressions(options);
}

class WorkerExpressions implements Expressions {
  readonly #url: URL;
  readonly #limits: Limits;
  readonly #size: number;
  readonly #idle: SupervisedWorker[] = [];
  readonly #waiting: ((worker: SupervisedWorker) => void)[] = [];
  readonly #all = new Set<SupervisedWorker>();
  #closed = false;

  constructor(options: ExpressionsOptions) {
    this.#url = options.workerUrl ?? new URL('./worker.ts', import.meta.url);
    this.#size = options.workers ?? 2;
    this.#limits = {
      stepMs: options.stepMs ?? 250,
      callMs: options.callMs ?? 30_000,
      heapMb: options.heapMb ?? 256,
    };
  }

  async value(template: Json, scope: Scope): Promise<Evaluated<Json>> {
    const plain = valueInPlace(template, scope);
    if (plain !== null) return plain;
    return this.#call({ kind: 'value', expression: template, scope: '', items: null }, pruneScope(template, scope));
  }

  async list(template: Json, scope: Scope): Promise<Evaluated<readonly Json[]>> {
    const result = await this.value(template, scope);
    if (!result.ok || Array.isArray(result.value)) return result as Evaluated<readonly Json[]>;
    return {
      ok: false,
      code: 'EXPRESSION_ERROR',
      detail: 'A list is needed: write `{{ [ … ] }}` when a filter may give one or none.',
    };
  }

  async each(template: Json, items: readonly Json[], scope: Scope): Promise<Evaluated<readonly Json[]>> {
    const out: Json[] = [];
    for (const [index, item] of items.entries()) {
      const plain = valueInPlace(template, { ...scope, item, index });
      if (plain === null) {
        const call: Call = { kind: 'each', expression: template, scope: '', items: JSON.stringify(items) };
        return this.#call(call, pruneScope(template, scope)) as Promise<Evaluated<readonly Json[]>>;
      }
      if (!plain.ok) return plain;
      out.push(plain.value);
    }
    return { ok: true, value: out };
  }

  async condition(condition: string, scope: Scope, policy = false): Promise<Evaluated<boolean>> {
    const kind = policy ? 'policy' : 'condition';
    const call: Call = { kind, expression: condition, scope: '', items: null };
    return this.#call(call, pruneConditionScope(condition, scope, policy)) as Promise<Evaluated<boolean>>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((worker) => worker.close()));
  }

  async #call(call: Call, scope: Scope): Promise<Evaluated<Json>> {
    const text = JSON.stringify(scope);
    if (text.length + (call.items?.length ?? 0) > MAX_INPUT) {
      return fail('EXPRESSION_TOO_LARGE', 'What the expression reads is over the limit.');
    }
    const worker = await this.#take();
    let outcome: Outcome;
    try {
      outcome = await worker.run({ ...call, scope: text });
    } finally {
      this.#give(worker);
    }
    switch (outcome.kind) {
      case 'timeout':
        return fail('EXPRESSION_TIMEOUT', `The expression worked for more than ${this.#limits.stepMs} ms.`);
      case 'memory':
        return fail('EXPRESSION_TOO_LARGE', 'The expression used up its memory.');
      case 'lost':
        throw this.#closed ? closing() : new Error('the expression worker does not run');
      case 'answer':
        break;
    }
    const { answer } = outcome;
    return answer.ok ? { ok: true, value: JSON.parse(answer.value) as Json } : answer;
  }

  async #take(): Promise<SupervisedWorker> {
    if (this.#closed) throw closing();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.#size) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #start(): SupervisedWorker {
    const worker = new SupervisedWorker(this.#url, this.#limits);
    this.#all.add(worker);
    return worker;
  }

  #give(worker: SupervisedWorker): void {
    const next = this.#waiting.shift();
    if (worker.dead) {
      this.#all.delete(worker);
      if (this.#closed) return;
      // Replaced at once: the next call finds a warm thread.
      const fresh = this.#start();
      if (next === undefined) this.#idle.push(fresh);
      else next(fresh);
      return;
    }
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }
}

/** No answer of the expression's: the step is not to blame that its worker was taken away. */
const closing = (): PlatformFault => new PlatformFault('CLOSING', 'the expressions are closed');

function fail(code: Extract<Evaluated<never>, { ok: false }>['code'], detail: string): Evaluated<never> {
  return { ok: false, code, detail };
}
