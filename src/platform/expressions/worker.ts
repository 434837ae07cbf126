/**
 * The worker: evaluates one call at a time. It has no network, no store and no secret; it can be killed at any instant.
 */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Evaluator } from '../../domain/expression/evaluator.ts';
import { ExpressionFailure } from '../../domain/expression/failure.ts';
import { LIMITS } from '../../domain/expression/limits.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { PROGRESS } from './protocol.ts';
import type { Answer, Call, WorkerSetup } from './protocol.ts';

const { progress } = workerData as WorkerSetup;
const counter = new Int32Array(progress);
const evaluator = new Evaluator({ sha256: (text) => createHash('sha256').update(text).digest('hex') });

function begin(): void {
  if (typeof process.threadCpuUsage === 'function') {
    const { user, system } = process.threadCpuUsage();
    Atomics.store(counter, PROGRESS.cpu, (user + system) | 0);
  }
  Atomics.add(counter, PROGRESS.begun, 1);
}

async function answer(call: Call): Promise<Answer> {
  begin();
  try {
    const value = await run(call);
    const text = JSON.stringify(value);
    if (text.length > LIMITS.output) {
      return { ok: false, code: 'EXPRESSION_TOO_LARGE', detail: 'the result is over the limit' };
    }
    return { ok: true, value: text };
  } catch (error) {
    if (error instanceof ExpressionFailure) return { ok: false, code: error.code, detail: error.message };
    const detail = error instanceof Error ? error.message : 'it cannot be evaluated';
    const condition = call.kind === 'condition' || call.kind === 'policy';
    return { ok: false, code: condition ? 'CONDITION_ERROR' : 'EXPRESSION_ERROR', detail: detail.slice(0, 500) };
  }
}

async function run(call: Call): Promise<Json> {
  const scope = JSON.parse(call.scope) as JsonObject;
  if (call.kind === 'condition' || call.kind === 'policy') {
    return evaluator.condition(String(call.expression), scope, call.kind === 'policy');
  }
  if (call.kind === 'value') return evaluator.value(call.expression, scope);
  const items = JSON.parse(call.items ?? '[]') as readonly Json[];
  const out: Json[] = [];
  for (const [index, item] of items.entries()) {
    begin();
    out.push(await evaluator.value(call.expression, { ...scope, item, index }));
  }
  return out;
}

parentPort?.on('message', (call: Call) => {
  void answer(call).then((result) => parentPort?.postMessage(result));
});
parentPort?.postMessage('ready');
