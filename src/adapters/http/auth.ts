/**
 * Credentials of one connector version: the secret is asked for by name, once in an activity for each host it goes to, and
 * dropped with it. Only a token obtained with it is kept longer, in memory, at most until it expires.
 */
import { StepFault } from '../../domain/errors.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { headerValueAllowed } from './headers.ts';
import type { Auth } from './settings.ts';

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** What must not appear in any result. */
  readonly secrets: readonly string[];
  /** True when a refusal may only mean that a kept token, or a secret read earlier in the activity, grew old. */
  readonly kept: boolean;
}

export interface CredentialSource {
  credentials(host: string, signal: AbortSignal): Promise<Credentials>;
  forget(): void;
}

/** Before expiry, so that a token does not end on its way. */
const TOKEN_MARGIN_MS = 60_000;

export function credentialSource(
  auth: Auth,
  deps: {
    readonly secret: (name: string, host: string) => Promise<string>;
    /** Posts a form to the token address and returns its JSON answer; throws `StepFault`. */
    readonly token: (form: URLSearchParams, signal: AbortSignal) => Promise<Json>;
    readonly tokenHost: () => string;
    readonly nowMs: () => number;
  },
): CredentialSource {
  let kept: { readonly token: string; readonly until: number } | null = null;
  let asking: Promise<string> | null = null;

  const fresh = async (given: Auth & { kind: 'clientCredentials' }, signal: AbortSignal): Promise<string> => {
    const secret = await deps.secret(given.secret, deps.tokenHost());
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: given.clientId,
      client_secret: secret,
      ...(given.scope === undefined ? {} : { scope: given.scope }),
    });
    const answer = await deps.token(form, signal);
    const token = isJsonObject(answer) ? answer['access_token'] : undefined;
    if (typeof token !== 'string' || token === '')
      throw new StepFault('OUTSIDE_GARBAGE', 'the token address answered without a token');
    const seconds = isJsonObject(answer) ? Number(answer['expires_in'] ?? 0) : 0;
    const until = deps.nowMs() + (Number.isFinite(seconds) ? seconds * 1_000 : 0) - TOKEN_MARGIN_MS;
    kept = until > deps.nowMs() ? { token, until } : null;
    return token;
  };

  return {
    async credentials(host, signal) {
      switch (auth.kind) {
        case 'none':
          return { headers: {}, secrets: [], kept: false };
        case 'bearer': {
          const secret = await deps.secret(auth.secret, host);
          return { headers: { authorization: safe(`Bearer ${secret}`) }, secrets: [secret], kept: false };
        }
        case 'basic': {
          const secret = await deps.secret(auth.secret, host);
          const pair = Buffer.from(`${auth.user}:${secret}`, 'utf8').toString('base64');
          return { headers: { authorization: `Basic ${pair}` }, secrets: [secret, pair], kept: false };
        }
        case 'apiKey': {
          const secret = await deps.secret(auth.secret, host);
          return { headers: { [auth.header.toLowerCase()]: safe(secret) }, secrets: [secret], kept: false };
        }
        case 'clientCredentials': {
          const standing = kept !== null && kept.until > deps.nowMs() ? kept.token : null;
          asking ??= standing === null ? fresh(auth, signal).finally(() => (asking = null)) : null;
          const token = standing ?? (await (asking as Promise<string>));
          return {
            headers: { authorization: safe(`Bearer ${token}`) },
            secrets: [token],
            kept: standing !== null,
          };
        }
      }
    },
    forget() {
      kept = null;
    },
  };
}

function safe(value: string): string {
  if (!headerValueAllowed(value))
    throw new StepFault('SECRET_NOT_ALLOWED', 'the secret holds characters that a header cannot carry');
  return value;
}

/**
 * The same source for one activity: what it says is remembered until the activity ends, so that a thousand requests read one
 * secret. Requests that start together share the reading; a failed one is tried again. Tokens have their own lifetime.
 */
export function rememberedFor(source: CredentialSource): CredentialSource {
  const read = new Map<string, Promise<Credentials>>();
  return {
    async credentials(host, signal) {
      const standing = read.get(host);
      if (standing !== undefined) return { ...(await standing), kept: true };
      const reading = source.credentials(host, signal);
      read.set(host, reading);
      reading.catch(() => read.delete(host));
      return reading;
    },
    forget() {
      read.clear();
      source.forget();
    },
  };
}
