/**
 * `Expressions` on a small pool of worker threads. Literals and plain paths are read in place: they cannot run away, and
 * most steps have nothing else. Everything else goes to a worker that is killed after 250 ms and replaced.
 */
import { compileTemplate, isPlain } from '../../domain/expression/compiled-template.ts';
import type { CompiledTemplate } from '../../domain/expression/compiled-template.ts';
import { followPath } from '../../domain/expression/paths.ts';
import { pruneScope } from '../../domain/expression/prune.ts';
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
    const plain = inPlace(template, scope);
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
      const plain = inPlace(template, { ...scope, item, index });
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
    return this.#call(call, scope) as Promise<Evaluated<boolean>>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((worker) => worker.close()));
  }

  async #call(call: Call, scope: Scope): Promise<Evaluated<Json>> {
    const text = JSON.stringify(scope);
    if (text.length + (call.items?.length ?? 0) > MAX_INPUT) {
      return { ok: false, code: 'EXPRESSION_TOO_LARGE', detail: 'What the expression reads is over the limit.' };
    }
    const worker = await this.#take();
    let outcome: Outcome;
    try {
      outcome = await worker.run({ ...call, scope: text });
    } finally {
      this.#give(worker);
    }
    if (outcome.kind === 'timeout') {
      return {
        ok: false,
        code: 'EXPRESSION_TIMEOUT',
        detail: `The expression worked for more than ${this.#limits.stepMs} ms.`,
      };
    }
    if (outcome.kind !== 'answer') {
      return { ok: false, code: 'EXPRESSION_TOO_LARGE', detail: 'The expression used up its memory.' };
    }
    const { answer } = outcome;
    return answer.ok ? { ok: true, value: JSON.parse(answer.value) as Json } : answer;
  }

  async #take(): Promise<SupervisedWorker> {
    if (this.#closed) throw new Error('the expressions are closed');
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
      // A dead worker is replaced at once when somebody waits, else by the next call.
      if (next !== undefined) next(this.#start());
      return;
    }
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }
}

/** Null when an engine is needed. */
function inPlace(template: Json, scope: Scope): Evaluated<Json> | null {
  let compiled: CompiledTemplate;
  try {
    compiled = compileTemplate(template);
  } catch (error) {
    return { ok: false, code: 'EXPRESSION_ERROR', detail: (error as Error).message };
  }
  if (!isPlain(compiled)) return null;
  return readPlain(compiled, scope);
}

function readPlain(template: CompiledTemplate, scope: Scope): Evaluated<Json> | null {
  switch (template.kind) {
    case 'literal':
      return { ok: true, value: template.value };
    case 'alone': {
      const found = followPath(template.leaf.path ?? [], scope);
      if (!found.known) return null;
      if (found.value === undefined) {
        return { ok: false, code: 'EXPRESSION_UNDEFINED', detail: `${template.leaf.source} is undefined` };
      }
      return { ok: true, value: found.value };
    }
    case 'list': {
      const out: Json[] = [];
      for (const one of template.items) {
        const value = readPlain(one, scope);
        if (value === null || !value.ok) return value;
        out.push(value.value);
      }
      return { ok: true, value: out };
    }
    case 'object': {
      const out: Record<string, Json> = {};
      for (const [key, one] of template.entries) {
        const value = readPlain(one, scope);
        if (value === null) return null;
        if (value.ok) out[key] = value.value;
        else if (!(value.code === 'EXPRESSION_UNDEFINED' && one.kind === 'alone')) return value;
      }
      return { ok: true, value: out };
    }
    case 'text': {
      let out = '';
      for (const part of template.parts) {
        if (typeof part === 'string') {
          out += part;
          continue;
        }
        const found = followPath(part.path ?? [], scope);
        // Every case that is not plain text is left to the engine, which has the words for it.
        if (!found.known || found.value === undefined || typeof found.value === 'object') return null;
        out += String(found.value);
      }
      return { ok: true, value: out };
    }
  }
}
