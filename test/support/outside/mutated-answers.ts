/** A server that answers with a valid HTTP answer, mutated by seed, and the judgement of what came of it (T4b). */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { LostAnswer } from '../../../src/adapters/adapter.ts';
import { seededRandom, type Random } from '../../../src/demo/random.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';
import { bench, httpConnector } from './bench.ts';

const BODY = JSON.stringify({
  value: [
    { id: 'E-1', cents: 1999 },
    { id: 'E-2', cents: 5 },
  ],
  next: null,
  refused: [],
});
const SCRAPS = [
  '\r\n',
  '\r\n\r\n',
  '\0',
  '"',
  '{',
  '[[[[',
  '9'.repeat(40),
  '\\ud800',
  '"__proto__":1,',
  ': ',
  'chunked',
  '304',
  '\xff\xfe',
  'gzip',
];
const HEADS = [
  'HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n',
  'HTTP/1.1 201 Created\r\nconnection: close\r\n',
  'HTTP/1.1 422 No\r\ncontent-length: {length}\r\n',
  'HTTP/1.1 503 Later\r\nretry-after: 3\r\ncontent-length: {length}\r\n',
  'HTTP/1.1 302 There\r\nlocation: /x\r\ncontent-length: 0\r\n',
  'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: {length}\r\n',
];

/** Every answer ends as a value, a `StepFault` or (writes only) a `LostAnswer`; anything else fails with the round. */
export async function judgeMutatedAnswers(test: TestContext, seed: string, rounds: number): Promise<void> {
  test.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  let answer: Buffer = Buffer.alloc(0);
  const server = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const made = bench([
    httpConnector(`http://127.0.0.1:${port}`, {
      settings: { timeout: 500, maxBytes: 5_000 },
      resources: {
        list: { access: 'read', path: '/x', items: '/value', paging: { kind: 'cursor', param: 'c', next: '/next' } },
        orders: { access: 'write', path: '/x', batch: { max: 5 }, results: '/value', key: '/id', refused: '/refused' },
      },
    }),
  ]);
  test.after(async () => {
    await made.adapters.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const { resolved, context } = await made.open('outside');
  const all = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: 3, limit: 10 };
  const write = { resource: 'orders', mode: 'create' as const, records: [1, 2], recordKeys: null, idempotencyKey: 'k' };
  for (let round = 0; round < rounds; round += 1) {
    answer = mutated(random);
    const reading = random.below(2) === 0;
    try {
      const value: unknown = await (reading
        ? resolved.adapter.fetch(context, all)
        : resolved.adapter.push(context, write));
      canonicalJson(value as Json);
    } catch (error) {
      const allowed = error instanceof StepFault || (!reading && error instanceof LostAnswer);
      assert.ok(allowed, `round ${round} of ${seed}: ${String(error)}\n${answer.toString('latin1')}`);
    }
  }
}

function mutated(random: Random): Buffer {
  const head = random
    .pick(HEADS)
    .replace('{length}', String(BODY.length + (random.below(6) === 0 ? random.below(9) - 4 : 0)));
  let text = `${head}\r\n${BODY}`;
  for (let edits = random.below(4); edits > 0; edits -= 1) {
    const place = random.below(text.length);
    text = text.slice(0, place) + random.pick(SCRAPS) + text.slice(place + random.below(3));
  }
  if (random.below(10) === 0) text = text.slice(0, random.below(text.length));
  return Buffer.from(text, 'latin1');
}
