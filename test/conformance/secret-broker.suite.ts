/** What every secret broker promises: a value leaves only for the hosts that its owner named. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { SecretBroker } from '../../src/ports/secret-broker.ts';

export type SecretBrokerFactory = (t: TestContext) => Promise<SecretBroker>;

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const refused = { code: 'SECRET_NOT_ALLOWED' };

export function secretBrokerSuite(name: string, factory: SecretBrokerFactory): void {
  describe(`secret broker on ${name}`, () => {
    test('a secret is released for its hosts and for no other', async (t) => {
      const secrets = await factory(t);
      await secrets.set(A, 'erp-token', 'hunter2', ['erp.example.test', 'LOCALHOST:7301', '[::1]:7301']);
      assert.equal(await secrets.resolve(A, 'erp-token', 'erp.example.test'), 'hunter2');
      assert.equal(await secrets.resolve(A, 'erp-token', 'localhost'), 'hunter2');
      assert.equal(await secrets.resolve(A, 'erp-token', '::1'), 'hunter2');
      assert.equal(await secrets.resolve(A, 'erp-token', 'ERP.example.test'), 'hunter2');
      const others = [
        'mine.test',
        'erp.example.test.mine.test',
        'x.erp.example.test',
        'localhost:7301',
        '127.0.0.1',
        '',
        '*',
      ];
      for (const host of others) await assert.rejects(secrets.resolve(A, 'erp-token', host), refused, host);
    });

    test('an unknown secret is unknown; so is another tenant’s', async (t) => {
      const secrets = await factory(t);
      await secrets.set(A, 'erp-token', 'hunter2', ['erp.example.test']);
      await assert.rejects(secrets.resolve(A, 'other', 'erp.example.test'), { code: 'SECRET_UNKNOWN' });
      await assert.rejects(secrets.resolve(B, 'erp-token', 'erp.example.test'), { code: 'SECRET_UNKNOWN' });
      assert.deepEqual(await secrets.names(B), []);
      await secrets.set(B, 'erp-token', 'other', ['b.test']);
      assert.equal(await secrets.resolve(A, 'erp-token', 'erp.example.test'), 'hunter2');
    });

    test('without hosts it goes nowhere until it is bound; the first binding stands', async (t) => {
      const secrets = await factory(t);
      await secrets.set(A, 'erp-token', 'hunter2', []);
      await assert.rejects(secrets.resolve(A, 'erp-token', 'erp.example.test'), refused);
      assert.equal(await secrets.bind(A, 'erp-token', ['erp.example.test']), true);
      assert.equal(await secrets.bind(A, 'erp-token', ['mine.test']), false);
      assert.equal(await secrets.resolve(A, 'erp-token', 'erp.example.test'), 'hunter2');
      await assert.rejects(secrets.resolve(A, 'erp-token', 'mine.test'), refused);
      assert.equal(await secrets.bind(A, 'unknown', ['mine.test']), false);
    });

    test('setting it again replaces value and hosts', async (t) => {
      const secrets = await factory(t);
      await secrets.set(A, 'erp-token', 'one', ['a.test']);
      await secrets.set(A, 'erp-token', 'two', ['b.test']);
      assert.equal(await secrets.resolve(A, 'erp-token', 'b.test'), 'two');
      await assert.rejects(secrets.resolve(A, 'erp-token', 'a.test'), refused);
      await secrets.set(A, 'crm-key', 'x', ['a.test']);
      assert.deepEqual(await secrets.names(A), ['crm-key', 'erp-token']);
    });

    test('no error holds the value, and odd names are refused', async (t) => {
      const secrets = await factory(t);
      await secrets.set(A, 'erp-token', 'hunter2', []);
      await assert.rejects(secrets.resolve(A, 'erp-token', 'x'), (error: Error & { detail?: string }) => {
        assert.doesNotMatch(`${error.message}${error.detail}${error.stack}`, /hunter2/);
        return true;
      });
      for (const bad of ['*', '*.test', 'https://a.test', 'a.test/x', 'u@a.test', ''])
        await assert.rejects(secrets.set(A, 'erp-token', 'x', [bad]), TypeError, bad);
      for (const bad of ['', '../x', 'A', 'a b', 'x'.repeat(64)])
        await assert.rejects(secrets.set(A, bad, 'x', []), TypeError);
    });
  });
}
