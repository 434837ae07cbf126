/**
 * Credentials of one connector version: the secret is asked for by name, once in an activity for each host it goes to, and
 * dropped with it. Only a token obtained with it is kept longer, in memory, at most until it expires. The broker may remember a
 * secret for some minutes, so one that is refused is asked for anew.
 */
import { StepFault } from '../../domain/errors.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { headerValueAllowed } from './headers.ts';
import type { Auth } from './settings.ts';

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** What must not appear in any result. */
  readonly secrets: readonly string[];
  /** True when a refusal may only mean that a kept token, or a secret that was read earlier, grew old. */
  readonly kept: boolean;
}

export interface CredentialSource {
  credentials(host: string, signal: AbortSignal): Promise<Credentials>;
  forget(): void;
}

type ClientCredentials = Auth & { kind: 'clientCredentials' };

/** Before expiry, so that a token does not end on its way. */
const TOKEN_MARGIN_MS = 60_000;

export function credentialSource(
  auth: Auth,
  deps: {
    /** `anew`: not from anybody's memory. */
    readonly secret: (name: string, host: string, anew: boolean) => Promise<string>;
    /** Posts a form to the token address and returns its JSON answer; throws `StepFault`. */
    readonly token: (form: URLSearchParams, signal: AbortSignal) => Promise<Json>;
    readonly tokenHost: () => string;
    readonly nowMs: () => number;
  },
): CredentialSource {
  let kept: { readonly token: string; readonly until: number } | null = null;
  let asking: Promise<string> | null = null;
  /** What was read last has been refused. */
  let refused = false;

  const read = async (name: string, host: string): Promise<{ readonly secret: string; readonly kept: boolean }> => {
    const anew = refused;
    refused = false;
    return { secret: await deps.secret(name, host, anew), kept: !anew };
  };

  const exchanged = async (given: ClientCredentials, secret: string, signal: AbortSignal): Promise<Json> =>
    deps.token(
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: given.clientId,
        client_secret: secret,
        ...(given.scope === undefined ? {} : { scope: given.scope }),
      }),
      signal,
    );

  const fresh = async (given: ClientCredentials, signal: AbortSignal): Promise<string> => {
    const secret = await deps.secret(given.secret, deps.tokenHost(), false);
    const answer = await exchanged(given, secret, signal).catch(async (error: unknown) => {
      if (!(error instanceof StepFault) || error.code !== 'OUTSIDE_REFUSED') throw error;
      const newest = await deps.secret(given.secret, deps.tokenHost(), true);
      if (newest === secret) throw error;
      return exchanged(given, newest, signal);
    });
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
          const { secret, kept: remembered } = await read(auth.secret, host);
          return { headers: { authorization: safe(`Bearer ${secret}`) }, secrets: [secret], kept: remembered };
        }
        case 'basic': {
          const { secret, kept: remembered } = await read(auth.secret, host);
          const pair = Buffer.from(`${auth.user}:${secret}`, 'utf8').toString('base64');
          return { headers: { authorization: `Basic ${pair}` }, secrets: [secret, pair], kept: remembered };
        }
        case 'apiKey': {
          const { secret, kept: remembered } = await read(auth.secret, host);
          return { headers: { [auth.header.toLowerCase()]: safe(secret) }, secrets: [secret], kept: remembered };
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
      refused = true;
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
