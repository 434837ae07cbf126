/** What the log says and what it never says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FunctionInfo } from '../../../src/host/contract.ts';
import { createLog, errorWord, invocationLines, type LogOptions } from '../../../src/host/server/log.ts';

const now = () => new Date('2026-01-02T03:04:05.678Z');
const info = (type: string): FunctionInfo => {
  const trigger = { name: 'input', type, direction: 'in' as const };
  return { id: '1', name: 'post', trigger, bindings: { input: trigger } };
};

function lines(options: Partial<LogOptions>) {
  const written: string[] = [];
  const all: LogOptions = { quiet: false, json: false, now, write: (line) => void written.push(line), ...options };
  const log = createLog(all);
  return { written, log, end: invocationLines(log, all).end };
}
const secret = () => Object.assign(new TypeError('salary of Ms Doe is 1234'), { code: 'EBUSY' });

describe('one line for each invocation', () => {
  test('for a person: name, id, milliseconds, outcome', () => {
    const { written, end } = lines({});
    end(info('httpTrigger'), 'id-1', performance.now(), undefined, false);
    end(info('activityTrigger'), 'id-2', performance.now(), secret(), true);
    assert.match(written[0] ?? '', /^03:04:05\.678 {3}post id-1 [\d.]+ ms succeeded$/);
    assert.match(written[1] ?? '', /^03:04:05\.678 ✗ post id-2 [\d.]+ ms failed \(TypeError EBUSY\)$/);
  });

  test('for a machine', () => {
    const { written, end } = lines({ json: true });
    end(info('timerTrigger'), 'id-1', performance.now(), secret(), true);
    const { ms, ...rest } = JSON.parse(written[0] ?? '') as Record<string, unknown>;
    assert.equal(typeof ms, 'number');
    assert.deepEqual(rest, {
      time: '2026-01-02T03:04:05.678Z',
      level: 'error',
      message: 'invocation',
      function: 'post',
      invocationId: 'id-1',
      outcome: 'failed',
      error: 'TypeError EBUSY',
    });
  });

  test('quiet: failures alone, and of orchestrators none, which the hub reports', () => {
    const { written, log, end } = lines({ quiet: true });
    end(info('httpTrigger'), 'id-1', performance.now(), undefined, false);
    end(info('orchestrationTrigger'), 'id-2', performance.now(), secret(), true);
    end(info('httpTrigger'), 'id-3', performance.now(), secret(), true);
    log('information', 'nothing of interest');
    log('warning', 'something of interest');
    assert.deepEqual(
      written.map((line) => line.replace(/[\d.]+ ms/, 'ms')),
      ['03:04:05.678 ✗ post id-3 ms failed (TypeError EBUSY)', '03:04:05.678 ! something of interest'],
    );
  });
});

test('a line about an instance names it', () => {
  const { written, log } = lines({ quiet: true });
  log('warning', 'The orchestration failed', { name: 'post', instance: 'id-1', code: 'X' });
  assert.deepEqual(written, ['03:04:05.678 ! The orchestration failed · post id-1']);
});

test('an error is a word: no text of it, and no code that could be data', () => {
  assert.equal(errorWord(secret()), 'TypeError EBUSY');
  assert.equal(errorWord(Object.assign(new Error('x'), { code: 'Ms Doe' })), 'Error');
  assert.equal(errorWord('Ms Doe'), 'string');
});
