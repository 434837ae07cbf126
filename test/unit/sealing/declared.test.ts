/**
 * P8 by types: a stored field without a declaration does not compile, nor one that is called clear and holds ciphertext, or
 * sealed and holds none. Each `@ts-expect-error` is a check of its own: when the types stop refusing, compiling fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_DOCUMENT_FIELDS, type RunDocument, type RunDocumentKind } from '../../../src/domain/run/documents.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { clear, sealed, type Declared, type Sealed } from '../../../src/domain/sealing/sealed.ts';
import { HEAD_FIELDS } from '../../../src/domain/sealing/stored.ts';
import { fieldCheck } from '../../../src/platform/common/fields.ts';

interface Stored {
  readonly id: string;
  readonly count?: number;
  readonly secret: Sealed;
  readonly maybe: Sealed | null;
}
const id = clear('identifier');
const count = clear('number');
const run = sealed('run');

const right: Declared<Stored> = { id, count, secret: run, maybe: run };
// @ts-expect-error a field is missing
const missing: Declared<Stored> = { id, count, secret: run };
// @ts-expect-error an optional field has to be declared as well
const optional: Declared<Stored> = { id, secret: run, maybe: run };
// @ts-expect-error there is no such field
const more: Declared<Stored> = { id, count, secret: run, maybe: run, other: clear('unknown') };
// @ts-expect-error ciphertext is not clear
const opened: Declared<Stored> = { id, count, secret: clear('no'), maybe: run };
// @ts-expect-error nor when it may be null
const openedNull: Declared<Stored> = { id, count, secret: run, maybe: clear('no') };
// @ts-expect-error a plain text is not sealed by being called so
const pretended: Declared<Stored> = { id: run, count, secret: run, maybe: run };
// @ts-expect-error a clear field gives its reason
const silent: Declared<Stored> = { id: {}, count, secret: run, maybe: run };

interface Wider extends Head {
  readonly note: string;
}
// @ts-expect-error a head with one more field needs one more declaration
const wider: Declared<Wider> = HEAD_FIELDS;

type Kinds = { readonly [Kind in RunDocumentKind | 'letter']: object };
// @ts-expect-error a new kind of document needs its declaration
const kinds: Kinds = RUN_DOCUMENT_FIELDS;

// @ts-expect-error plain text does not go where ciphertext belongs
const plain: Stored = { id: 'x', secret: 'payee A', maybe: null };
// @ts-expect-error not even text that looks like it
const lookalike: Extract<RunDocument, { kind: 'note' }> = { kind: 'note', id: 'note~1', text: 's1.1.AAAA' };

test('P8: what the types refuse, the stores refuse as well when a cast has hidden it', () => {
  const unsound = [missing, optional, more, opened, openedNull, pretended, silent, wider, kinds, plain, lookalike];
  assert.equal(unsound.length, 11);
  const check = fieldCheck('stored', right);
  const good = { id: 'x', count: 1, secret: 's1.1.AAAA', maybe: null };
  check(good);
  check({ ...good, maybe: 'b1.1.run/r1/x.00' });
  for (const bad of [
    { ...good, note: 'one too many' },
    { id: 'x', note: 'one instead of another', secret: 's1.1.AAAA', maybe: null },
    { id: 'x', count: 1, secret: 's1.1.AAAA' },
    { ...good, secret: 'payee A' },
    { ...good, secret: 's2.1.AAAA' },
    { ...good, maybe: 7 },
    { ...good, secret: { value: 'payee A' } },
    { ...good, secret: undefined },
  ])
    assert.throws(() => check(bad), TypeError, JSON.stringify(bad));
  assert.throws(() => check({ ...good, [`payee ${'x'.repeat(100)}`]: 1 }), {
    message: `stored: field "payee ${'x'.repeat(34)}" is not declared`,
  });
  assert.throws(() => check({ ...good, secret: 'payee A' }), { message: /^stored: "secret" must be sealed$/ });
});
