/**
 * Credentials of connectors in the second vault. The hosts that may receive one are tags of the secret, so whoever may set
 * the secret sets them; the app's identity only reads. A value leaves only for one of those hosts.
 *
 * A vault answers a few hundred questions a second, and a busy instance asks for the same secret in every step: so what was read
 * is remembered, in memory, for five minutes. A refusal is never remembered, and asks anew first.
 */
import type { TokenCredential } from '@azure/identity';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import { PlatformFault, StepFault } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import type { SecretBroker } from '../../../ports/secret-broker.ts';
import { hostNames } from '../../common/host-name.ts';
import { Memory } from '../../common/memory.ts';
import { patiently, statusOf, unexpected, type Patience } from '../patience.ts';

export interface SecretVaultOptions {
  readonly vault: string;
  readonly credential: TokenCredential;
  readonly patience: Patience;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: () => number;
}

const REMEMBERED_MS = 5 * 60_000;
const REMEMBERED = 200;

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** A tag holds 256 characters, a secret fifteen tags: two name its place, the rest are hosts. */
const TAG_LENGTH = 256;
const HOST_TAGS = 12;

interface Released {
  readonly value: string;
  readonly hosts: readonly string[];
}

const isFor = ({ hosts }: Released, host: string): boolean => hosts.includes(host.toLowerCase());

type Tags = Readonly<Record<string, string>>;

export function keyVaultSecrets({ vault, credential, patience, nowMs }: SecretVaultOptions): SecretBroker {
  const client = new SecretClient(vault, credential, { retryOptions: { maxRetries: 0 } });
  const remembered = new Memory<Released>(REMEMBERED, REMEMBERED_MS, nowMs);
  /** Readings under way: activities that come together read once. */
  const reading = new Map<string, Promise<Released | null>>();
  /** By this process: a reading that began before one is not remembered. */
  let changes = 0;

  async function ask<Answer>(what: string, request: (abortSignal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    try {
      return await patiently(patience, what, request);
    } catch (error) {
      throw unexpected(what, error);
    }
  }

  /** Null when there is none; one that another tenant or name set under the same vault name is not ours. */
  const find = (tenant: TenantId, name: string) =>
    ask('the secret vault: read', async (abortSignal) => {
      try {
        const secret = await client.getSecret(vaultName(tenant, name), { abortSignal });
        return isOf(secret.properties, tenant, name) ? secret : null;
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });

  /** From the vault; null when there is none. */
  function read(tenant: TenantId, name: string): Promise<Released | null> {
    const at = vaultName(tenant, name);
    const running = reading.get(at);
    if (running !== undefined) return running;
    const task = readNow(tenant, name, at).finally(() => {
      if (reading.get(at) === task) reading.delete(at);
    });
    reading.set(at, task);
    return task;
  }

  async function readNow(tenant: TenantId, name: string, at: string): Promise<Released | null> {
    const began = changes;
    const secret = await find(tenant, name);
    if (secret?.value === undefined) {
      remembered.delete(at);
      return null;
    }
    const released = { value: secret.value, hosts: hostsOf(secret.properties.tags) };
    if (began === changes) remembered.set(at, released);
    return released;
  }

  function forget(tenant: TenantId, name: string): void {
    changes += 1;
    remembered.delete(vaultName(tenant, name));
    reading.delete(vaultName(tenant, name));
  }

  return {
    async resolve(tenant, name, host, anew = false) {
      const known = anew || !NAME.test(name) ? undefined : remembered.get(vaultName(tenant, name));
      if (known !== undefined && isFor(known, host)) return known.value;
      const secret = NAME.test(name) ? await read(tenant, name) : null;
      if (secret === null) throw new StepFault('SECRET_UNKNOWN', `there is no secret "${name}"`);
      if (!isFor(secret, host))
        throw new StepFault('SECRET_NOT_ALLOWED', `the secret "${name}" may not be sent to ${host}`);
      return secret.value;
    },

    async set(tenant, name, value, allowedHosts) {
      if (!NAME.test(name))
        throw new TypeError('a secret’s name holds lower-case letters, digits and "-" (63 at most)');
      const tags = tagsOf(tenant, name, hostNames(allowedHosts));
      await ask('the secret vault: set', (abortSignal) =>
        client.setSecret(vaultName(tenant, name), value, { tags, abortSignal }),
      );
      forget(tenant, name);
    },

    async bind(tenant, name, allowedHosts) {
      const secret = await find(tenant, name);
      if (secret === null || hostsOf(secret.properties.tags).length > 0) return false;
      const tags = tagsOf(tenant, name, hostNames(allowedHosts));
      const { version } = secret.properties;
      if (version === undefined) throw new PlatformFault('STORE_UNAVAILABLE', 'the secret vault named no version');
      return ask('the secret vault: bind', async (abortSignal) => {
        try {
          await client.updateSecretProperties(secret.name, version, { tags, abortSignal });
          forget(tenant, name);
          return true;
        } catch (error) {
          // The app's identity may only read: then the hosts are for the owner of the secret to set, and until then it goes nowhere.
          if (statusOf(error) === 403) return false;
          throw error;
        }
      });
    },

    async names(tenant) {
      const found: string[] = [];
      await ask('the secret vault: list', async (abortSignal) => {
        found.length = 0;
        for await (const properties of client.listPropertiesOfSecrets({ abortSignal })) {
          const name = properties.tags?.['name'];
          if (name !== undefined && isOf(properties, tenant, name)) found.push(name);
        }
      });
      return found.sort();
    },
  };
}

/** `<tenant>--<name>`: a tenant id holds no `--`, so two places never share a secret. The tags repeat whose it is. */
function vaultName(tenant: TenantId, name: string): string {
  if (!/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(tenant))
    throw new TypeError('a tenant id holds letters, digits and single "-" between them');
  return `${tenant}--${name}`;
}

const isOf = ({ tags }: SecretProperties, tenant: TenantId, name: string): boolean =>
  tags?.['tenant'] === tenant && tags['name'] === name;

function tagsOf(tenant: TenantId, name: string, hosts: readonly string[]): Record<string, string> {
  const lines: string[] = [];
  for (const host of hosts) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + host.length + 1 <= TAG_LENGTH) lines[lines.length - 1] = `${line} ${host}`;
    else lines.push(host);
  }
  if (lines.length > HOST_TAGS) throw new PlatformFault('LIMIT', 'too many hosts for the tags of one secret');
  return { tenant, name, ...Object.fromEntries(lines.map((line, n) => [`hosts${n === 0 ? '' : n}`, line])) };
}

function hostsOf(tags: Tags | undefined): readonly string[] {
  return Object.entries(tags ?? {})
    .filter(([tag]) => /^hosts\d*$/.test(tag))
    .flatMap(([, line]) => line.split(' '))
    .filter((host) => host !== '');
}
