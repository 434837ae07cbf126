/**
 * Secrets of a tenant's connectors in `secrets.db`: sealed with the tenant's key, bound to the hosts that may receive them.
 * A value leaves only for one of those hosts, and is not kept.
 */
import type { Database } from 'better-sqlite3';
import { StepFault } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Sealed, SealedPlace } from '../../domain/sealing/sealed.ts';
import type { ContextVault } from '../../ports/context-vault.ts';
import type { SecretBroker } from '../../ports/secret-broker.ts';
import { hostNames } from '../common/host-name.ts';
import type { CommitQueue } from './commit-queue.ts';

export const SECRETS_VERSION = 1;
export const SECRETS_SCHEMA = `
CREATE TABLE IF NOT EXISTS secrets(
  tenant TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, allowed_hosts TEXT NOT NULL,
  PRIMARY KEY(tenant, name)) WITHOUT ROWID;
`;

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function localSecretBroker(db: Database, queue: CommitQueue, vault: ContextVault): SecretBroker {
  const read = db.prepare<[string, string], { value: Sealed; allowed_hosts: string }>(
    'SELECT value, allowed_hosts FROM secrets WHERE tenant = ? AND name = ?',
  );
  const write = db.prepare<[string, string, string, string]>(
    `INSERT INTO secrets(tenant, name, value, allowed_hosts) VALUES(?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, allowed_hosts = excluded.allowed_hosts`,
  );
  const bind = db.prepare<[string, string, string]>(
    "UPDATE secrets SET allowed_hosts = ? WHERE tenant = ? AND name = ? AND allowed_hosts = '[]'",
  );
  const names = db.prepare<[string], string>('SELECT name FROM secrets WHERE tenant = ? ORDER BY name').pluck();

  return {
    async resolve(tenant, name, host) {
      const row = read.get(tenant, name);
      if (row === undefined) throw new StepFault('SECRET_UNKNOWN', `there is no secret "${name}"`);
      const allowed = JSON.parse(row.allowed_hosts) as readonly string[];
      if (!allowed.includes(host.toLowerCase()))
        throw new StepFault('SECRET_NOT_ALLOWED', `the secret "${name}" may not be sent to ${host}`);
      return (await vault.open(secretPlace(tenant, name), row.value)) as string;
    },

    async set(tenant, name, value, allowedHosts) {
      if (!NAME.test(name))
        throw new TypeError('a secret’s name holds lower-case letters, digits and "-" (63 at most)');
      const sealed = await vault.seal(secretPlace(tenant, name), value);
      await queue.run(() => void write.run(tenant, name, sealed, JSON.stringify(hostNames(allowedHosts))));
    },

    bind(tenant, name, allowedHosts) {
      return queue.run(() => bind.run(JSON.stringify(hostNames(allowedHosts)), tenant, name).changes > 0);
    },

    async names(tenant) {
      return names.all(tenant);
    },
  };
}

function secretPlace(tenant: TenantId, name: string): SealedPlace {
  return { tenant, kind: 'tenant', id: tenant, path: `secret/${name}`, field: 'value', attempt: 0 };
}
