/** FETCH and LOOKUP over HTTP: which path and query a read resource means for given values. */
import type { AdapterContext } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { fillTemplate, holesOf, queryOf } from '../http/template.ts';
import { at } from '../pointer.ts';
import type { ReadResource } from './declaration.ts';
import { odataFilter } from './odata.ts';
import { readPages } from './paging.ts';

export function fetchList(
  context: AdapterContext,
  resource: ReadResource,
  request: {
    readonly params: JsonObject;
    readonly query: JsonObject;
    readonly pageSize: number | null;
    readonly maxPages: number | null;
    readonly limit: number;
  },
): Promise<readonly Json[]> {
  const path = fillTemplate(resource.path, request.params);
  const query = resource.paging.kind === 'odata' ? odataFilter(request.query) : queryOf(request.query);
  const forbidden = Object.keys(query).find((name) => isReserved(name, resource));
  if (forbidden !== undefined)
    throw new StepFault('INVALID_RECORD', 'a query value has the name of a parameter that the connector sets');
  return readPages(context, resource, { path, query: { ...query, ...resource.query } }, request);
}

export async function lookupRecord(context: AdapterContext, resource: ReadResource, key: Json): Promise<Json | null> {
  const declared = resource.lookup ?? { path: resource.path, found: '' };
  const holes = holesOf(declared.path);
  if (holes.length === 0)
    throw new StepFault('RESOURCE_UNKNOWN', 'the resource declares no `lookup` path with a {key}');
  const values = isJsonObject(key) ? key : { [holes[0] as string]: key };
  const answer = await context.http.send({
    method: 'GET',
    path: fillTemplate(declared.path, values),
    query: resource.query,
  });
  if (answer.status === 404 || answer.status === 410) return null;
  if (answer.status >= 400)
    throw new StepFault('OUTSIDE_REFUSED', JSON.stringify({ status: answer.status, answer: answer.body }));
  return at(answer.body, declared.found) ?? null;
}

/** Names that steer paging or that the connector fixed: a workflow's values must not override them. */
function isReserved(name: string, resource: ReadResource): boolean {
  const paging = resource.paging;
  if (Object.hasOwn(resource.query, name)) return true;
  if ('param' in paging && paging.param === name) return true;
  return 'sizeParam' in paging && paging.sizeParam === name;
}
