/** What every directory promises. The fixture holds the people of `DIRECTORY_SAMPLE` in `tenant-a` and none in `tenant-b`. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import type { Directory } from '../../src/ports/directory.ts';

export type DirectoryFactory = (t: TestContext) => Promise<Directory>;

export const DIRECTORY_SAMPLE = {
  users: [
    {
      id: 'anna',
      name: 'Anna A.',
      email: 'anna@example.test',
      roles: ['approver'],
      groups: ['finance'],
      manager: 'otto',
    },
    { id: 'bert', name: 'Bert B.', roles: ['approver', 'operator'], groups: [] },
    { id: 'otto', name: 'Otto O.', roles: ['operator'], groups: ['finance', 'board'] },
  ],
  groups: [
    { id: 'finance', name: 'Finance' },
    { id: 'board', name: 'Board' },
  ],
};

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const nobody = { users: [], roles: [], groups: [] };

export function directorySuite(name: string, factory: DirectoryFactory): void {
  describe(`directory on ${name}`, () => {
    test('a person is found by principal id, in the own tenant only', async (t) => {
      const directory = await factory(t);
      assert.deepEqual(await directory.find(A, principalId('anna')), {
        id: 'anna',
        name: 'Anna A.',
        email: 'anna@example.test',
        roles: ['approver'],
        groups: ['finance'],
        manager: 'otto',
      });
      assert.equal(await directory.find(A, principalId('zoe')), null);
      assert.equal(await directory.find(B, principalId('anna')), null);
      assert.equal(await directory.find(A, principalId('tenant-b:anna')), null);
      assert.equal((await directory.find(A, principalId('tenant-a:anna')))?.id, 'anna');
    });

    test('members are found by user, role and group, each once', async (t) => {
      const directory = await factory(t);
      const ids = async (who: Partial<typeof nobody> | { users?: string[]; roles?: string[]; groups?: string[] }) =>
        (await directory.members(A, { ...nobody, ...who })).map((person) => person.id).sort();
      assert.deepEqual(await ids({ users: ['anna'] }), ['anna']);
      assert.deepEqual(await ids({ users: ['tenant-a:anna', 'anna'] }), ['anna']);
      assert.deepEqual(await ids({ roles: ['approver'] }), ['anna', 'bert']);
      assert.deepEqual(await ids({ groups: ['finance'] }), ['anna', 'otto']);
      assert.deepEqual(await ids({ users: ['bert'], roles: ['operator'], groups: ['board'] }), ['bert', 'otto']);
      assert.deepEqual(await ids({ users: ['zoe'], roles: ['none'], groups: ['none'] }), []);
      assert.deepEqual(await ids({}), []);
      assert.deepEqual(await directory.members(B, { ...nobody, roles: ['approver'] }), []);
    });
  });
}
