/**
 * What a decision is bound to: the complete request of every governed step, with everything that gives it its meaning.
 * Its digest is salted, so that it proves content to those who have it and tells nothing to those who have not.
 * Only digests leave the sealed world.
 */
import type { Json, JsonObject } from '../json.ts';
import type { WriteMode } from '../workflow/plan.ts';
import { merkleRoot, saltedDigest, type Hash } from '../sealing/digest.ts';
import { exactSum } from './decimal.ts';
import { atPointer } from './pointer.ts';
import type { Requirement } from './policy.ts';

/** The complete request of one governed step. A step whose own condition is false sends nothing: `records` is empty. */
export interface BoundRequest {
  readonly step: string;
  readonly connector: string;
  readonly connectorVersion: number;
  readonly target: { readonly resource: string; readonly mode: WriteMode } | { readonly command: string };
  /** Records of a PUSH; the arguments of an EXECUTE are its one record. */
  readonly records: readonly Json[];
  readonly recordKeys: readonly string[] | null;
}

export interface Content {
  readonly v: 1;
  /** 256 bits, hex. */
  readonly salt: string;
  readonly workflow: { readonly id: string; readonly version: number; readonly digest: string };
  readonly run: string;
  readonly policies: readonly string[];
  readonly validForMs: number;
  readonly requests: readonly BoundRequest[];
  /** What a pure check judged, when nothing is governed. */
  readonly subject: Json;
  readonly totals: JsonObject;
  readonly facts: JsonObject;
  /** What an approver typed into the form: part of what everybody approves. Null as long as nobody has, or nothing is asked. */
  readonly values: JsonObject | null;
  /** All of these have to be met by whoever decides. */
  readonly requirements: readonly Requirement[];
  readonly texts: Readonly<Record<string, string>>;
}

/** Salted SHA-256 (hex) over the content; records enter as a Merkle root, so that one can be shown without the others. */
export function contentDigest(hash: Hash, content: Content): string {
  const { salt, requests, requirements, ...rest } = content;
  return saltedDigest(hash, salt, {
    ...rest,
    requirements: requirements as unknown as Json,
    requests: requests.map((request) => boundForm(hash, salt, request)),
  });
}

/** Salted digest of one request: what dispatch compares with the request it is about to send. */
export function requestDigest(hash: Hash, salt: string, request: BoundRequest): string {
  return saltedDigest(hash, salt, boundForm(hash, salt, request));
}

function boundForm(hash: Hash, salt: string, request: BoundRequest): JsonObject {
  const { records, recordKeys, ...header } = request;
  return {
    ...header,
    count: records.length,
    records: merkleRoot(
      hash,
      salt,
      records.map((record, index) => ({ key: recordKeys?.[index] ?? null, record })),
    ),
  };
}

export type Totals =
  { readonly ok: true; readonly totals: JsonObject } | { readonly ok: false; readonly total: string };

/** Exact totals over all governed records; a record without the field, or with something that is no decimal, is a fault. */
export function totalsOf(requests: readonly BoundRequest[], pointers: Readonly<Record<string, string>>): Totals {
  const records = requests.flatMap((request) => request.records);
  const totals: Record<string, Json> = {};
  for (const [name, pointer] of Object.entries(pointers)) {
    const values = records.map((record) => atPointer(record, pointer));
    const sum = values.some((value) => value === undefined) ? null : exactSum(values as Json[]);
    if (sum === null) return { ok: false, total: name };
    totals[name] = sum;
  }
  return { ok: true, totals };
}

export const countOf = (requests: readonly BoundRequest[]): number =>
  requests.reduce((count, request) => count + request.records.length, 0);
