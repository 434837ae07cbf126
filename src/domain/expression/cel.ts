/** The CEL engine: one environment for conditions, one for policy rules; compiled once per text. */
import { Environment } from '@marcbachmann/cel-js';
import type { ParseResult } from '@marcbachmann/cel-js';
import { durationMs } from '../workflow/durations.ts';
import { BoundedCache } from './cache.ts';
import { rewriteCel } from './cel-rewrite.ts';
import { linearPattern } from './linear-pattern.ts';

const LIMITS = { maxAstNodes: 1_500, maxDepth: 60, maxListElements: 500, maxMapEntries: 200, maxCallArguments: 16 };

const conditions = build(false);
const policies = build(true);
const compiled = new BoundedCache<string, ParseResult>(2_000);

export function celEnvironment(policy: boolean): Environment {
  return policy ? policies : conditions;
}

/** Parses, rewrites (doubles, integer calls) and keeps. Throws the library's errors. */
export function compileCel(source: string, policy: boolean): ParseResult {
  const key = `${policy ? 'p' : 'c'}${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const environment = celEnvironment(policy);
  const fresh = environment.parse(rewriteCel(source, environment.parse(source).ast));
  compiled.set(key, fresh);
  return fresh;
}

function build(policy: boolean): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  })
    .registerOperator('double % double', (a: number, b: number) => {
      if (b === 0) throw new RangeError('modulus by zero');
      return a % b;
    })
    .registerFunction('sum(list): double', (list: readonly unknown[]) => numbers(list).reduce((a, b) => a + b, 0))
    .registerFunction('min(list): double', (list: readonly unknown[]) => extreme(list, Math.min))
    .registerFunction('max(list): double', (list: readonly unknown[]) => extreme(list, Math.max))
    .registerFunction('min(double, double): double', (a: number, b: number) => Math.min(a, b))
    .registerFunction('max(double, double): double', (a: number, b: number) => Math.max(a, b))
    .registerFunction('date(string): google.protobuf.Timestamp', (text: string) => instant(text))
    .registerFunction('isoDuration(string): google.protobuf.Duration', (text: string) => duration(text))
    .registerFunction('re2(string, string): bool', (text: string, pattern: string) =>
      linearPattern(pattern).matcher(text).find(),
    );
  if (policy) {
    environment.registerFunction('inGroup(dyn, string): bool', (principal: unknown, group: string) =>
      inGroup(principal, group),
    );
  }
  return environment;
}

function numbers(list: readonly unknown[]): readonly number[] {
  return list.map((one) => {
    if (typeof one === 'number') return one;
    throw new TypeError('a list of numbers is needed');
  });
}

function extreme(list: readonly unknown[], pick: (a: number, b: number) => number): number {
  const all = numbers(list);
  if (all.length === 0) throw new RangeError('an empty list has no least or greatest number');
  return all.reduce((a, b) => pick(a, b));
}

function instant(text: string): Date {
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = new Date(text);
  if (!match || Number.isNaN(at.getTime())) throw new RangeError('no ISO 8601 date or instant');
  return at;
}

function duration(text: string): unknown {
  const ms = durationMs(text);
  if (ms !== null) return celDuration(`${ms}ms`);
  return celDuration(text);
}

const plain = new Environment({ unlistedVariablesAreDyn: true });
const parseDuration = plain.parse('duration(text)');
function celDuration(text: string): unknown {
  return parseDuration({ text });
}

function inGroup(principal: unknown, group: string): boolean {
  const groups = (principal as { groups?: unknown } | null)?.groups;
  if (!Array.isArray(groups)) throw new TypeError('the principal has no list of groups');
  return groups.includes(group);
}
