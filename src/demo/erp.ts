/**
 * The ERP of the demo: keeps a ledger in a file, honours `Idempotency-Key` (same key and body → the first answer, other body
 * → 422, same key at work → 409), can be asked by key, and misbehaves on demand. It stands for other people's software.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { faultList, type Fault } from './erp-faults.ts';
import { openLedger, type Ledger, type LedgerEntry, type Posting } from './erp-ledger.ts';
import { pageOf } from './pages.ts';
import { Refusal, requireToken, serve, tagged, type Answer, type Call } from './server.ts';

export interface Erp {
  readonly url: string;
  readonly port: number;
  /** What is in the books, for whoever wants to know what really happened. */
  postings(): readonly Posting[];
  stop(): Promise<void>;
}

/** Collections that take writes: the member that holds a batch, or null for one record a request. */
const COLLECTIONS: Readonly<Record<string, string | null>> = {
  'ledger-entries': 'entries',
  'ledger-reversals': 'reversals',
  'purchase-orders': null,
};
const MAX_BATCH = 100;

export async function startErp(options: {
  readonly directory: string;
  readonly token: string;
  readonly port?: number;
}): Promise<Erp> {
  const ledger = await openLedger(join(options.directory, 'erp-ledger.jsonl'));
  const faults = faultList();
  const atWork = new Set<string>();

  const handle = async (call: Call): Promise<Answer | null> => {
    if (call.path === '/health') return { status: 200, body: { status: 'up' } };
    if (call.path === '/faults') return manageFaults(call);
    requireToken(call, options.token);
    const fault = faults.take(call.method);
    if (fault?.kind === 'drop-before') return null;
    if (fault?.kind === '503')
      return { status: 503, body: { detail: 'closed for maintenance' }, headers: { 'retry-after': '1' } };
    if (fault?.kind === 'slow') await delay(fault.delayMs);
    return spoil(fault, await work(call));
  };

  const manageFaults = async (call: Call): Promise<Answer> => {
    if (call.method === 'POST') return { status: 201, body: faults.add(await call.body()) };
    if (call.method === 'DELETE') faults.clear();
    return { status: 200, body: { value: faults.standing } };
  };

  const work = async (call: Call): Promise<Answer> => {
    const [, collection = '', ...more] = call.path.split('/').map(decodeURIComponent);
    if (!Object.hasOwn(COLLECTIONS, collection) || more.length > 0) throw new Refusal(404, 'no such address');
    if (call.method === 'GET') return list(call, collection, ledger);
    if (call.method !== 'POST') throw new Refusal(405, 'only GET and POST');
    const key = call.headers['idempotency-key'];
    if (typeof key !== 'string' || key === '' || key.length > 200)
      throw new Refusal(400, 'an Idempotency-Key is needed');
    const body = await call.body();
    const digest = createHash('sha256')
      .update(JSON.stringify([collection, body]))
      .digest('hex');
    const standing = ledger.find(key);
    if (standing !== null) return replay(standing, digest);
    if (atWork.has(key)) throw new Refusal(409, 'a request with this key is at work');
    atWork.add(key);
    try {
      const posting = post(ledger, { key, collection, digest }, recordsOf(body, COLLECTIONS[collection] ?? null));
      await ledger.append(posting);
      return created(posting);
    } finally {
      atWork.delete(key);
    }
  };

  const server = await serve(handle, options.port ?? 0);
  return {
    url: server.url,
    port: server.port,
    postings: () => ledger.postings(),
    async stop() {
      await server.stop();
      await ledger.close();
    },
  };
}

async function spoil(fault: Fault | null, answer: Answer): Promise<Answer | null> {
  if (fault?.kind === 'drop-after') return null;
  if (fault?.kind === 'slow-after') await delay(fault.delayMs);
  if (fault?.kind === 'garbage') return { status: 200, raw: '<html>{"entryId": oops' };
  return answer;
}

function list(call: Call, collection: string, ledger: Ledger): Answer {
  const key = call.query.get('idempotencyKey');
  if (key === null) return tagged(call, pageOf(ledger.entries(collection), call.query));
  const found = ledger.find(key);
  return { status: 200, body: { value: found?.collection === collection ? found.entries : [], next: null } };
}

function replay(standing: Posting, digest: string): Answer {
  if (standing.digest !== digest) throw new Refusal(422, 'this Idempotency-Key was used with another body');
  const answer = created(standing);
  return { ...answer, headers: { ...answer.headers, 'idempotent-replay': 'true' } };
}

function created(posting: Posting): Answer {
  const value = posting.entries.map((entry) => ({ entryId: entry.entryId, externalId: entry['externalId'] ?? null }));
  const single = COLLECTIONS[posting.collection] === null;
  return { status: 201, body: single ? value[0] : { value, refused: posting.refused } };
}

function recordsOf(body: unknown, member: string | null): readonly Readonly<Record<string, unknown>>[] {
  const given = member === null ? [body] : (body as Readonly<Record<string, unknown>> | null)?.[member];
  if (!Array.isArray(given) || given.length < 1 || given.length > MAX_BATCH)
    throw new Refusal(400, `1 to ${MAX_BATCH} records are taken at once`);
  if (!given.every((record) => typeof record === 'object' && record !== null && !Array.isArray(record)))
    throw new Refusal(400, 'a record is an object');
  return given as readonly Readonly<Record<string, unknown>>[];
}

/** An entry without a positive amount of whole cents is not booked; the others of its request are. */
function post(
  ledger: Ledger,
  head: Pick<Posting, 'key' | 'collection' | 'digest'>,
  records: readonly Readonly<Record<string, unknown>>[],
): Posting {
  const entries: LedgerEntry[] = [];
  const refused: { index: number; reason: string }[] = [];
  for (const [index, record] of records.entries()) {
    const cents = record['cents'];
    if (head.collection === 'ledger-entries' && !(Number.isSafeInteger(cents) && (cents as number) > 0))
      refused.push({ index, reason: 'AMOUNT_NOT_POSITIVE' });
    else entries.push({ ...record, entryId: `E-${String(ledger.nextId()).padStart(7, '0')}` });
  }
  if (entries.length === 0) throw new Refusal(422, 'none of the records can be booked');
  return { ...head, at: new Date().toISOString(), entries, refused };
}
