/**
 * PUSH, EXECUTE and the look-up after a lost answer. One call is one request under one idempotency key. What it may say is
 * narrow: `confirmed` when the target said so readably, `refused` when it surely wrote nothing, otherwise `LostAnswer`.
 */
import { LostAnswer, type AdapterContext, type HttpAnswer, type LookupAnswer, type WriteAnswer } from '../adapter.ts';
import type { CommandRequest, WriteRequest } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { fillTemplate, holesOf } from '../http/template.ts';
import { at } from '../pointer.ts';
import type { Command, WriteResource } from './declaration.ts';
import { METHODS } from './modes.ts';

type Refusal = { readonly index: number; readonly reason: Json };

export async function pushRecords(
  context: AdapterContext,
  resource: WriteResource,
  request: WriteRequest,
): Promise<WriteAnswer> {
  const records = request.records.map((record, index) => keyed(record, resource, request.recordKeys?.[index]));
  const single = resource.batch === undefined ? onlyOne(records) : null;
  const answer = await context.http.send({
    method: resource.methods[request.mode] ?? METHODS[request.mode],
    path: single === null ? resource.path : fillTemplate(resource.path, pathValues(single, request.recordKeys?.[0])),
    ...(request.mode === 'delete' && resource.batch === undefined
      ? {}
      : { body: single ?? placed(records, resource.batch?.body ?? '') }),
    headers: keyHeader(resource, request.idempotencyKey),
    write: true,
    notPerformed: resource.notPerformed,
  });
  const refusal = refusalOf(answer, resource);
  if (refusal !== null) return refusal;
  if (single !== null) return { outcome: 'confirmed', receipt: receiptOf(answer.body, resource.key) };
  const refused = refusedRecords(answer.body, resource, records.length);
  if (refused.length === records.length)
    return { outcome: 'refused', reason: refused as unknown as Json, retryable: false, retryAfterMs: null };
  const receipt = batchReceipt(answer.body, resource);
  return refused.length === 0 ? { outcome: 'confirmed', receipt } : { outcome: 'confirmed', receipt, refused };
}

export async function executeCommand(
  context: AdapterContext,
  command: Command,
  request: CommandRequest,
): Promise<WriteAnswer> {
  const holes = holesOf(command.path);
  const body = Object.fromEntries(Object.entries(request.arguments).filter(([name]) => !holes.includes(name)));
  const answer = await context.http.send({
    method: command.method,
    path: fillTemplate(command.path, request.arguments),
    ...(command.method === 'DELETE' ? {} : { body }),
    headers: keyHeader(command, request.idempotencyKey),
    write: true,
    notPerformed: command.notPerformed,
  });
  return refusalOf(answer, command) ?? { outcome: 'confirmed', receipt: receiptOf(answer.body, command.key) };
}

export async function askForKey(
  context: AdapterContext,
  target: WriteResource | Command,
  idempotencyKey: string,
): Promise<LookupAnswer> {
  const lookup = target.lookup;
  if (lookup === undefined) throw new StepFault('EFFECT_UNKNOWN', 'the connector declares no `lookup` for this target');
  const values = Object.fromEntries(holesOf(lookup.path).map((name) => [name, idempotencyKey]));
  const answer = await context.http.send({ method: 'GET', path: fillTemplate(lookup.path, values) });
  if (answer.status === 404 || answer.status === 410) return { found: false };
  if (answer.status >= 400)
    throw new StepFault('OUTSIDE_REFUSED', JSON.stringify({ status: answer.status, answer: answer.body }));
  const found = at(answer.body, lookup.found);
  if (found === undefined || found === null) return { found: false };
  const many = 'results' in target && target.results !== undefined && Array.isArray(at(answer.body, target.results));
  return {
    found: true,
    receipt: many ? batchReceipt(answer.body, target as WriteResource) : receiptOf(found, target.key),
  };
}

function keyHeader(target: WriteResource | Command, key: string): Record<string, string> {
  return 'header' in target.idempotency ? { [target.idempotency.header]: key } : {};
}

/** Null when the target took the request. */
function refusalOf(answer: HttpAnswer, target: WriteResource | Command): WriteAnswer | null {
  if (answer.status < 400) return null;
  // Another sender of the same key is at work: whether it succeeds is not known here.
  if ('header' in target.idempotency && answer.status === target.idempotency.inProgress)
    throw new LostAnswer(`the target answered ${answer.status}: a request with this key is in progress`);
  const reason = { status: answer.status, answer: answer.body };
  return { outcome: 'refused', reason, retryable: answer.status === 423 || answer.status === 425, retryAfterMs: null };
}

function keyed(record: Json, resource: WriteResource, key: string | undefined): Json {
  if (resource.recordKeyMember === undefined || key === undefined) return record;
  if (!isJsonObject(record)) throw new StepFault('INVALID_RECORD', 'a record that carries a key is an object');
  return { ...record, [resource.recordKeyMember]: key };
}

function onlyOne(records: readonly Json[]): Json {
  if (records.length !== 1)
    throw new StepFault('INVALID_RECORD', 'the resource takes one record a request: it declares no `batch`');
  return records[0] as Json;
}

function pathValues(record: Json, recordKey: string | undefined): JsonObject {
  return { ...(isJsonObject(record) ? record : {}), ...(recordKey === undefined ? {} : { recordKey }) };
}

/** `/a/b` → `{a: {b: records}}`; `''` → the list itself. */
function placed(records: readonly Json[], pointer: string): Json {
  return pointer
    .split('/')
    .slice(1)
    .reduceRight<Json>((inner, part) => ({ [part.replaceAll('~1', '/').replaceAll('~0', '~')]: inner }), records);
}

function receiptOf(body: Json, key: string | undefined): Json {
  return key === undefined ? body : { key: at(body, key) ?? null };
}

/** One receipt per record where the answer lists them, as verbs hand them on. */
function batchReceipt(body: Json, resource: WriteResource): Json {
  const results = resource.results === undefined ? undefined : at(body, resource.results);
  if (!Array.isArray(results)) return receiptOf(body, resource.key);
  return results.map((result) => receiptOf(result as Json, resource.key));
}

function refusedRecords(body: Json, resource: WriteResource, count: number): readonly Refusal[] {
  const listed = resource.refused === undefined ? undefined : at(body, resource.refused);
  if (listed === undefined || listed === null) return [];
  const byIndex = new Map<number, Json>();
  for (const entry of Array.isArray(listed) ? (listed as readonly Json[]) : [null]) {
    const index = isJsonObject(entry) ? entry['index'] : undefined;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count || byIndex.has(index))
      throw new LostAnswer('the target accepted the request but its list of refused records cannot be read');
    byIndex.set(index, entry);
  }
  return [...byIndex].map(([index, reason]) => ({ index, reason }));
}
