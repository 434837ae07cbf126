/** `$filter` built from names and values, so that no value can end its quotes and add a clause. Pure. */
import { StepFault } from '../../domain/errors.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

/** `{a: 'x', b: [1, 2]}` → `a eq 'x' and (b eq 1 or b eq 2)`; no members, no filter. */
export function odataFilter(values: JsonObject): Record<string, string> {
  const clauses: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!/^[A-Za-z_]\w{0,127}(\/[A-Za-z_]\w{0,127}){0,5}$/.test(name))
      throw new StepFault('INVALID_RECORD', 'a query name is not the path of an OData property');
    if (Array.isArray(value)) {
      if (value.length === 0) throw new StepFault('INVALID_RECORD', `the query list \`${name}\` is empty`);
      clauses.push(`(${value.map((item) => `${name} eq ${literal(name, item as Json)}`).join(' or ')})`);
    } else clauses.push(`${name} eq ${literal(name, value)}`);
  }
  return clauses.length === 0 ? {} : { $filter: clauses.join(' and ') };
}

function literal(name: string, value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string' && value.isWellFormed()) return `'${value.replaceAll("'", "''")}'`;
  throw new StepFault('INVALID_RECORD', `the query value \`${name}\` is neither text, number, boolean nor null`);
}
