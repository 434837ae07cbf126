/** W3C trace context: which headers are read, what is made of them, and what work inside a trace passes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTraceparent, newTraceparent, parseTraceparent } from '../../../src/domain/run/trace-context.ts';
import { currentTraceparent, withinTrace } from '../../../src/platform/telemetry/tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('a valid header is read, and written again as version 00', () => {
  const read = parseTraceparent(`00-${TRACE}-${SPAN}-01`);
  assert.deepEqual(read, { traceId: TRACE, spanId: SPAN, flags: '01' });
  assert.equal(read && formatTraceparent(read), `00-${TRACE}-${SPAN}-01`);
});

test('of a later version only the known fields count, and of the flags only the known one', () => {
  const read = parseTraceparent(`01-${TRACE}-${SPAN}-ff-what-the-future-brings`);
  assert.equal(read && formatTraceparent(read), `00-${TRACE}-${SPAN}-01`);
  const quiet = parseTraceparent(`00-${TRACE}-${SPAN}-fe`);
  assert.equal(quiet && formatTraceparent(quiet), `00-${TRACE}-${SPAN}-00`);
});

for (const [why, header] of [
  ['nothing', null],
  ['empty', ''],
  ['text', 'planted'],
  ['version ff', `ff-${TRACE}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
  ['trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['blank around it', ` 00-${TRACE}-${SPAN}-01`],
  ['two lines', `00-${TRACE}-${SPAN}-01\n`],
  ['endless', `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
] as const)
  test(`no trace parent: ${why}`, () => assert.equal(parseTraceparent(header), null));

test('a new trace is valid, even from bytes that are all zero', () => {
  for (const fill of [0, 1, 255]) {
    const made = newTraceparent(new Uint8Array(24).fill(fill));
    assert.notEqual(parseTraceparent(made), null, made);
  }
});

test('work inside a trace passes its context on, also after waiting, and nothing does outside', async () => {
  const work = { name: 'step', traceparent: `00-${TRACE}-${SPAN}-01`, attributes: {} } as const;
  assert.equal(currentTraceparent(), null);
  const seen = await withinTrace(work, async () => {
    await new Promise((resume) => setImmediate(resume));
    return currentTraceparent();
  });
  assert.equal(seen, `00-${TRACE}-${SPAN}-01`);
  assert.equal(currentTraceparent(), null);
});

test('two runs at once do not see each other’s trace', async () => {
  const of = (digit: string) =>
    withinTrace({ name: 'step', traceparent: `00-${digit.repeat(32)}-${SPAN}-01`, attributes: {} }, async () => {
      await new Promise((resume) => setImmediate(resume));
      return currentTraceparent()?.slice(3, 4);
    });
  assert.deepEqual(await Promise.all([of('a'), of('b')]), ['a', 'b']);
});

test('work of a run without a trace is done all the same, and its failure stays its own', async () => {
  const work = { name: 'step', traceparent: null, attributes: {} } as const;
  assert.equal(await withinTrace(work, async () => 7), 7);
  const traced = { ...work, traceparent: `00-${TRACE}-${SPAN}-01` };
  await assert.rejects(
    withinTrace(traced, () => Promise.reject(new RangeError('mine'))),
    RangeError,
  );
});
