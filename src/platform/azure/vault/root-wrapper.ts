/**
 * The root of the key hierarchy in Key Vault: an RSA key that never leaves it wraps tenant keys (RSA-OAEP-256). The key ring
 * asks at most once per tenant and five minutes.
 *
 * OAEP binds no context, so the digest of the context is wrapped with the key and compared afterwards: a tenant key moved to
 * another tenant or version does not open. What is stored names the version of the vault's key that wrapped it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import { CryptographyClient } from '@azure/keyvault-keys';
import { PlatformFault } from '../../../domain/errors.ts';
import type { RootWrapper } from '../../common/wrapped-keys.ts';
import { measure } from '../../telemetry/metrics.ts';
import { patiently, unexpected, type Patience } from '../patience.ts';

const ALGORITHM = 'RSA-OAEP-256';
const DIGEST_BYTES = 32;
/** The port's number; which version of the vault's key it was stands in the wrapped bytes. */
const FORMAT = 1;

export interface RootKeyOptions {
  readonly vault: string;
  readonly key: string;
  readonly credential: TokenCredential;
  readonly patience: Patience;
}

const digestOf = (context: string): Buffer => createHash('sha256').update(context).digest();

export function keyVaultRoot({ vault, key, credential, patience }: RootKeyOptions): RootWrapper {
  const vaultUrl = vault.replace(/\/$/, '');
  const clients = new Map<string, CryptographyClient>();

  /**
   * One a version, because each answers one challenge; without a version it is the vault's newest that wraps. It is told what
   * the key is and does not ask: the key's public half is of no use here, the vault alone wraps with this algorithm.
   */
  function client(version: string | null): CryptographyClient {
    const id = `${vaultUrl}/keys/${key}${version === null ? '' : `/${version}`}`;
    let known = clients.get(id);
    if (known === undefined) {
      const described = { id, name: key, key: { kid: id, kty: 'RSA' }, properties: { vaultUrl, name: key } };
      known = new CryptographyClient(described, credential, { retryOptions: { maxRetries: 0 } });
      clients.set(id, known);
    }
    return known;
  }

  async function ask<Answer>(
    operation: 'wrap' | 'unwrap',
    request: (abortSignal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const what = `the vault: ${operation}`;
    const once = (abortSignal: AbortSignal): Promise<Answer> => {
      measure('countersign.keys.calls', 1, { operation });
      return request(abortSignal);
    };
    try {
      return await patiently(patience, what, once, { code: 'KEY_UNAVAILABLE' });
    } catch (error) {
      throw unexpected(what, error, 'KEY_UNAVAILABLE');
    }
  }

  return {
    async wrap(context, plain) {
      const bound = Buffer.concat([digestOf(context), plain]);
      try {
        // The SDK's answer repeats the id that it was given; the service's names the version that wrapped.
        let used: string | undefined;
        const onResponse = ({ parsedBody }: { readonly parsedBody?: unknown }): void => {
          used = (parsedBody as { readonly kid?: string } | undefined)?.kid;
        };
        const { result } = await ask('wrap', (abortSignal) =>
          client(null).wrapKey(ALGORITHM, bound, { abortSignal, onResponse }),
        );
        const version = Buffer.from(versionOf(used));
        return {
          wrapped: Buffer.concat([Buffer.from([version.length]), version, result]),
          version: FORMAT,
        };
      } finally {
        bound.fill(0);
      }
    },

    async unwrap(context, wrapped) {
      const length = wrapped[0] ?? 0;
      const version = Buffer.from(wrapped.subarray(1, 1 + length)).toString();
      if (!/^[0-9A-Za-z]{1,64}$/.test(version))
        throw new PlatformFault('KEY_UNAVAILABLE', 'the tenant key was not wrapped by the vault');
      const answer = await ask('unwrap', (abortSignal) =>
        client(version).unwrapKey(ALGORITHM, wrapped.subarray(1 + length), { abortSignal }),
      );
      const bound = Buffer.from(answer.result);
      if (bound.length <= DIGEST_BYTES || !timingSafeEqual(bound.subarray(0, DIGEST_BYTES), digestOf(context))) {
        bound.fill(0);
        throw new PlatformFault('SEAL_BROKEN', 'the tenant key was wrapped for another place');
      }
      // A view of the answer's own bytes: whoever overwrites the key overwrites all of it.
      return bound.subarray(DIGEST_BYTES);
    },
  };
}

function versionOf(keyId: string | undefined): string {
  const version = keyId?.split('/').at(-1) ?? '';
  if (version === '') throw new PlatformFault('KEY_UNAVAILABLE', 'the vault did not say which key it used');
  return version;
}
