/**
 * Evaluates templates and conditions as LANGUAGE §1 says. One pass: results are data and never looked at again. Pure and
 * asynchronous; whoever calls it bounds its time.
 */
import type { Json } from '../json.ts';
import { BoundedCache } from './cache.ts';
import { compileCel } from './cel.ts';
import { celUsage } from './cel-usage.ts';
import { JsonataEngine } from './jsonata-engine.ts';
import type { EngineHelp } from './jsonata-engine.ts';
import { followPath } from './paths.ts';
import { compileTemplate } from './compiled-template.ts';
import type { CompiledTemplate, Leaf } from './compiled-template.ts';
import { toJson } from './to-json.ts';
import { TooLarge } from './limits.ts';
import { ExpressionFailure } from './failure.ts';

type Scope = Readonly<Record<string, Json>>;

export class Evaluator {
  readonly #jsonata: JsonataEngine;
  readonly #admitted = new BoundedCache<string, true>(2_000);
  constructor(help: EngineHelp) {
    this.#jsonata = new JsonataEngine(help);
  }

  async value(template: Json, scope: Scope): Promise<Json> {
    const result = await this.#evaluate(compileTemplate(template), scope);
    if (result === undefined) throw undefinedFailure(template);
    return result;
  }

  /** True exactly when the condition is true; every error is one code. */
  condition(source: string, scope: Scope, policy: boolean): boolean {
    let result: unknown;
    try {
      this.#admit(source, policy);
      result = compileCel(source, policy)(scope);
    } catch (error) {
      throw new ExpressionFailure('CONDITION_ERROR', `${source}: ${text(error)}`);
    }
    if (typeof result !== 'boolean')
      throw new ExpressionFailure('CONDITION_ERROR', `${source}: the result is not true or false`);
    return result;
  }

  /** The engine knows more functions than the language: what validation refuses is refused here too. */
  #admit(source: string, policy: boolean): void {
    const key = `${policy ? 'p' : 'c'}${source}`;
    if (this.#admitted.get(key) === true) return;
    const [refused] = celUsage(source, policy).problems;
    // What a reference may name depends on the place; it was judged there.
    if (refused !== undefined && refused.code !== 'DYNAMIC_REFERENCE') throw new SyntaxError(refused.message);
    this.#admitted.set(key, true);
  }

  async #evaluate(template: CompiledTemplate, scope: Scope): Promise<Json | undefined> {
    switch (template.kind) {
      case 'literal':
        return template.value;
      case 'alone':
        return this.#expression(template.leaf, scope);
      case 'text': {
        let out = '';
        for (const part of template.parts) {
          if (typeof part === 'string') {
            out += part;
            continue;
          }
          const value = await this.#expression(part, scope);
          if (value === undefined) throw new ExpressionFailure('EXPRESSION_UNDEFINED', part.source);
          if (typeof value === 'object') {
            throw new ExpressionFailure(
              'EXPRESSION_ERROR',
              `${part.source}: inside text a value must be a string, a number or a boolean`,
            );
          }
          out += String(value);
        }
        return out;
      }
      case 'list': {
        const out: Json[] = [];
        for (const one of template.items) {
          const value = await this.#evaluate(one, scope);
          if (value === undefined) throw undefinedFailure(one);
          out.push(value);
        }
        return out;
      }
      case 'object': {
        const out: Record<string, Json> = {};
        for (const [key, one] of template.entries) {
          const value = await this.#evaluate(one, scope);
          if (value !== undefined) out[key] = value;
        }
        return out;
      }
    }
  }

  async #expression(leaf: Leaf, scope: Scope): Promise<Json | undefined> {
    if (leaf.path !== null) {
      const followed = followPath(leaf.path, scope);
      if (followed.known) return followed.value;
    }
    let result: unknown;
    try {
      result = await this.#jsonata.compile(leaf.source).evaluate(scope);
    } catch (error) {
      if (error instanceof TooLarge || SIZE_CODES.has(String((error as { code?: unknown })?.code))) {
        throw new ExpressionFailure('EXPRESSION_TOO_LARGE', `${leaf.source}: ${text(error)}`);
      }
      throw new ExpressionFailure('EXPRESSION_ERROR', `${leaf.source}: ${text(error)}`);
    }
    return toJson(result, leaf.source);
  }
}

/** JSONata's codes for a range or a sequence that is too long. */
const SIZE_CODES = new Set(['D2014', 'D2015']);

function undefinedFailure(where: unknown): ExpressionFailure {
  const leaf = (where as { leaf?: Leaf } | null)?.leaf;
  const source = leaf?.source ?? (typeof where === 'string' ? where : 'the value');
  return new ExpressionFailure('EXPRESSION_UNDEFINED', `${source} is undefined`);
}

function text(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? (message.split('\n')[0] ?? '').slice(0, 500) : 'it cannot be evaluated';
}
