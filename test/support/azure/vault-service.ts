/** Key Vault as its REST interface shows itself to the SDKs: challenge first, keys that wrap, secrets with versions and tags. */
import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Answer, Asked, Service } from './https-server.ts';

interface Secret {
  readonly version: string;
  readonly value: string;
  readonly tags: Readonly<Record<string, string>>;
}
export interface VaultService extends Service {
  /** Makes the newest version of the wrapping key; older ones still unwrap. */
  rotateKey(): void;
  /** Whether the caller may only read secrets, as the app's identity does in production. */
  readOnly: boolean;
}

const PAGE = 2;
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const pairs: Pair[] = [];
/** RSA keys take long to make: one process shares them between its vaults. */
function pair(n: number): Pair {
  return (pairs[n] ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));
}

export function vaultService(key = 'tenant-wrapping'): VaultService {
  let versions = 1;
  const secrets = new Map<string, Secret[]>();
  const versionName = (n: number): string => String(n).padStart(32, 'a');

  const service: VaultService = {
    name: 'vault',
    readOnly: false,
    rotateKey() {
      versions += 1;
    },
    operationOf,
    handle(asked, url) {
      if (asked.headers['authorization'] === undefined) return challenge();
      const [, kind, name = '', version = '', verb] = asked.path.split('/');
      if (kind === 'keys' && name === key) return keys(asked, url, version, verb);
      if (kind === 'secrets') return secret(asked, url, name, version);
      return failed(404, 'KeyNotFound');
    },
  };

  function keys(asked: Asked, url: string, version: string, verb: string | undefined): Answer {
    const operation = verb ?? (['wrapkey', 'unwrapkey'].includes(version) ? version : undefined);
    const named = operation === version ? '' : version;
    const at = named === '' ? versions : [...Array(versions).keys()].findIndex((n) => versionName(n + 1) === named) + 1;
    if (at === 0) return failed(404, 'KeyNotFound');
    const kid = `${url}/keys/${key}/${versionName(at)}`;
    const { publicKey, privateKey } = pair(at - 1);
    if (operation === undefined) {
      const { n, e } = publicKey.export({ format: 'jwk' });
      return {
        status: 200,
        body: { key: { kid, kty: 'RSA', key_ops: ['wrapKey', 'unwrapKey'], n, e }, attributes: { enabled: true } },
      };
    }
    const { alg, value } = JSON.parse(asked.body.toString()) as { alg: string; value: string };
    if (alg !== 'RSA-OAEP-256') return failed(400, 'BadParameter');
    const bytes = Buffer.from(value, 'base64url');
    try {
      const result =
        operation === 'wrapkey'
          ? publicEncrypt({ key: publicKey, ...OAEP }, bytes)
          : privateDecrypt({ key: privateKey, ...OAEP }, bytes);
      return { status: 200, body: { kid, value: result.toString('base64url') } };
    } catch {
      return failed(400, 'BadParameter');
    }
  }

  function secret(asked: Asked, url: string, name: string, version: string): Answer {
    const id = (of: string, { version: at }: Secret): string => `${url}/secrets/${of}/${at}`;
    const attributes = { enabled: true, created: 1, updated: 1 };
    if (name === '') return listed(asked, url);
    const all = secrets.get(name) ?? [];
    if (asked.method === 'GET') {
      const found = version === '' ? all.at(-1) : all.find((one) => one.version === version);
      if (found === undefined) return failed(404, 'SecretNotFound');
      return { status: 200, body: { id: id(name, found), value: found.value, tags: found.tags, attributes } };
    }
    if (service.readOnly) return failed(403, 'Forbidden');
    const body = JSON.parse(asked.body.toString()) as { value?: string; tags?: Record<string, string> };
    if (Object.values(body.tags ?? {}).some((tag) => tag.length > 256)) return failed(400, 'BadParameter');
    if (asked.method === 'PUT') {
      const made = { version: versionName(all.length + 1), value: body.value ?? '', tags: body.tags ?? {} };
      secrets.set(name, [...all, made]);
      return { status: 200, body: { id: id(name, made), value: made.value, tags: made.tags, attributes } };
    }
    const changed = all.map((one) => (one.version === version ? { ...one, tags: body.tags ?? one.tags } : one));
    const found = changed.find((one) => one.version === version);
    if (found === undefined) return failed(404, 'SecretNotFound');
    secrets.set(name, changed);
    return { status: 200, body: { id: id(name, found), tags: found.tags, attributes } };
  }

  function listed(asked: Asked, url: string): Answer {
    const from = Number(asked.query.get('skip') ?? 0);
    const names = [...secrets.keys()].sort();
    const value = names.slice(from, from + PAGE).map((name) => ({
      id: `${url}/secrets/${name}`,
      tags: secrets.get(name)?.at(-1)?.tags,
      attributes: { enabled: true },
    }));
    const nextLink =
      from + PAGE < names.length
        ? `${url}/secrets?api-version=${asked.query.get('api-version') ?? ''}&skip=${from + PAGE}`
        : null;
    return { status: 200, body: { value, nextLink } };
  }

  return service;
}

function operationOf({ method, path, headers }: Omit<Asked, 'operation'>): string {
  if (headers['authorization'] === undefined) return 'challenge';
  const verb = path.split('/').at(-1) ?? '';
  if (verb === 'wrapkey' || verb === 'unwrapkey') return verb.slice(0, -3);
  return path.startsWith('/keys/') ? 'get-key' : `secret-${method.toLowerCase()}`;
}

const challenge = (): Answer => ({
  status: 401,
  headers: {
    'www-authenticate': 'Bearer authorization="https://login.localhost/tenant", resource="https://localhost"',
  },
  body: { error: { code: 'Unauthorized', message: 'unauthorized' } },
});

const failed = (status: number, code: string): Answer => ({ status, body: { error: { code, message: code } } });
