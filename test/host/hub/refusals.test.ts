/** Does what would hang or go wrong on Azure fail here, at once, with its code? Each code has a case and an entry on the page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REFUSALS, refusalText, type RefusalCode } from '../../../src/host/hub/refusals.ts';
import { both } from './modes.ts';
import { testHub } from './support.ts';

/** Orchestration → the code it must fail with. */
const CASES: [name: string, code: RefusalCode][] = [
  ['reusedActivity', 'REUSED_TASK'],
  ['waitsForNumber', 'NUMERIC_EVENT_NAME'],
  ['waitsForNumberInAny', 'NUMERIC_EVENT_NAME'],
  ['emptyError', 'EMPTY_ERROR'],
  ['thrownText', 'EMPTY_ERROR'],
  ['unknownActivity', 'UNKNOWN_ACTIVITY'],
  ['unknownChild', 'UNKNOWN_ORCHESTRATOR'],
  ['unknownEntity', 'UNKNOWN_ENTITY'],
  ['childWithBadId', 'BAD_INSTANCE_ID'],
  ['booleanInput', 'BOOLEAN_INPUT'],
  ['yieldsText', 'NOT_A_TASK'],
  ['yieldsSignal', 'NOT_A_TASK'],
  ['async', 'ASYNC_ORCHESTRATOR'],
  ['changesItsMind', 'NON_DETERMINISTIC'],
  ['asksForToken', 'NO_IDENTITY'],
  ['bigInput', 'PAYLOAD_TOO_LARGE'],
  ['bigOutput', 'PAYLOAD_TOO_LARGE'],
  ['bigActivity', 'PAYLOAD_TOO_LARGE'],
  ['bigStatus', 'CUSTOM_STATUS_TOO_LARGE'],
];

for (const [name, code] of CASES) {
  both(`${name} fails with ${code}`, async (hub) => {
    const id = await hub.start(name, {});
    const status = await hub.until(id);
    assert.equal(status.runtimeStatus, 'Failed');
    assert.ok(String(status.output).includes(code), String(status.output));
    assert.ok(hub.log.some(({ level, fields }) => level === 'error' && fields['code'] === code));
  });
}

both('a timer used in a second Task.any fails with REUSED_TASK at the second use', async (hub) => {
  const id = await hub.start('reusedTimer', {});
  await hub.until(id, 'Running');
  await hub.raise(id, 'bell', 1);
  const status = await hub.until(id);
  assert.ok(String(status.output).includes('REUSED_TASK'), String(status.output));
});

test('strict mode finds an input that differs from replay to replay', async () => {
  const hub = await testHub({ strict: { seed: 1 } });
  try {
    const status = await hub.until(await hub.start('randomInput', {}));
    assert.ok(String(status.output).includes('NON_DETERMINISTIC'), String(status.output));
  } finally {
    await hub.stop();
  }
});

test('ids, event names and bodies that the client would mangle are refused with 400 and a code', async () => {
  const hub = await testHub();
  try {
    for (const id of ['a%23b', 'a%3Fb', 'a%2Fb', 'a%5Cb', '%40a', 'x'.repeat(261)]) {
      const response = await hub.call('POST', `orchestrators/chain/${id}`, { n: 1 });
      assert.equal(response.status, 400, id);
      assert.equal(((await response.json()) as { Code: string }).Code, 'BAD_INSTANCE_ID');
    }
    await hub.start('waiter', { names: ['a'] }, 'w');
    const numeric = await hub.call('POST', 'instances/w/raiseEvent/0', '1');
    assert.equal(((await numeric.json()) as { Code: string }).Code, 'NUMERIC_EVENT_NAME');
    const large = JSON.stringify('x'.repeat(1_100_000));
    for (const path of ['orchestrators/chain', 'instances/w/raiseEvent/a', 'entities/Counter/x?op=add']) {
      const response = await hub.call('POST', path, large);
      assert.equal(((await response.json()) as { Code: string }).Code, 'PAYLOAD_TOO_LARGE', path);
      assert.equal((await hub.call('POST', path, '{broken')).status, 400, path);
    }
    const huge = await hub.call('POST', 'orchestrators/chain', 'x'.repeat(11_000_000));
    assert.equal(huge.status, 413);
    const unknown = await hub.call('POST', 'entities/nobody/x?op=add', '1');
    assert.equal(((await unknown.json()) as { Code: string }).Code, 'UNKNOWN_ENTITY');
    assert.equal((await hub.status('w')).runtimeStatus, 'Running');
  } finally {
    await hub.stop();
  }
});

for (const name of ['heldByTimer', 'renewHeldByTimer']) {
  test(`${name}: an end that waits for a timer is told after 5 s and not before`, async (context) => {
    const hub = await testHub();
    try {
      context.mock.timers.enable({ apis: ['setTimeout'] });
      const id = await hub.start(name, {});
      while (
        !(await hub.status(id, '?showHistory=true')).historyEvents?.some((e) => e['EventType'] === 'TaskCompleted')
      )
        await new Promise((resolve) => setImmediate(resolve));
      const told = () => hub.log.filter(({ fields }) => fields['code'] === 'END_WAITS');
      context.mock.timers.tick(4999);
      assert.equal(told().length, 0);
      context.mock.timers.tick(1);
      assert.equal(told().length, 1);
      assert.match(told()[0]?.message ?? '', name === 'heldByTimer' ? /^Completion waits/ : /^continueAsNew waits/);
      assert.equal((await hub.status(id)).runtimeStatus, 'Running');
    } finally {
      context.mock.timers.reset();
      await hub.stop();
    }
  });
}

test('every code has a section on the page, and every section a code', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../src/host/REFUSALS.md'), 'utf8');
  const sections = [...page.matchAll(/^### `([A-Z0-9_]+)`$/gm)].map(([, code]) => code);
  for (const code of Object.keys(REFUSALS)) assert.ok(sections.includes(code), `${code} is not explained`);
  assert.equal(new Set(sections).size, sections.length);
});

test('a message carries its values and its code', () => {
  const text = refusalText('UNKNOWN_ACTIVITY', 'pay');
  assert.ok(text.includes('"pay"') && text.endsWith('(UNKNOWN_ACTIVITY)'));
});
