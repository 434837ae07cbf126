/**
 * `ConnectorHttp` for one step attempt: puts together address rules, credentials, limits, the exchange and the decoding,
 * and says of every failure whether a write may have happened. In doubt it is lost.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Agent } from 'undici';
import { LostAnswer, type ConnectorHttp, type HttpAnswer, type HttpRequest } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { Credentials, CredentialSource } from './auth.ts';
import { decodeText, decompress, Garbage, parseLossless, TooLarge } from './decode.ts';
import { exchange, ExchangeFault, type Wire } from './exchange.ts';
import type { Gate } from './gate.ts';
import { checkedHeaders } from './headers.ts';
import { retryAfterMs } from './retry-after.ts';
import { scrubber, type Scrubber } from './scrub.ts';
import type { HttpSettings } from './settings.ts';
import { bareHost, requestUrl, type Border } from './target.ts';

/** Of a body that is no JSON, when it explains a refusal. */
const MAX_TEXT = 2_000;
/** A target that answers so has certainly not performed the request. */
const NOT_PERFORMED = new Set([429, 501, 505]);

export interface ClientDeps {
  readonly settings: HttpSettings;
  readonly border: Border;
  /** Loaded on first use: a process that calls nothing outside does not pay for it. */
  readonly agent: () => Promise<Agent>;
  readonly gate: Gate;
  readonly credentials: CredentialSource;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly traceparent: () => string | null;
}

export function connectorHttp(deps: ClientDeps): ConnectorHttp {
  let bytesLeft = deps.settings.maxTotalBytes;

  interface Sent {
    readonly wire: Wire;
    readonly scrub: Scrubber;
    readonly credentials: Credentials;
  }

  /** Null when nothing was sent, because the credentials are still those that were refused. */
  const once = async (request: HttpRequest, refused: Credentials | null): Promise<Sent | null> => {
    const url = requestUrl(request.path, request.query ?? {}, deps.border);
    const asked = checkedHeaders({ ...deps.settings.headers, ...request.headers });
    const credentials = await deps.credentials.credentials(bareHost(url), deps.signal);
    if (refused !== null && isDeepStrictEqual(credentials.headers, refused.headers)) return null;
    const trace = deps.traceparent();
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'countersign',
      ...asked,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(trace === null ? {} : { traceparent: trace }),
      ...credentials.headers,
    };
    const scrub = scrubber(credentials.secrets);
    const agent = await deps.agent();
    const leave = await deps.gate.enter(deps.settings, deps.signal).catch((error: unknown) => {
      if (!deps.signal.aborted) throw error;
      throw new StepFault('OUTSIDE_UNAVAILABLE', `${request.method} was stopped before it left`);
    });
    try {
      const wire = await exchange(
        agent,
        {
          url,
          method: request.method,
          headers,
          body: request.body === undefined ? null : JSON.stringify(request.body),
        },
        {
          maxBytes: Math.min(deps.settings.maxBytes, bytesLeft),
          timeoutMs: deps.settings.timeout,
          signal: deps.signal,
        },
      );
      return { wire, scrub, credentials };
    } catch (error) {
      throw error instanceof ExchangeFault ? faultOf(error, request) : error;
    } finally {
      leave();
    }
  };

  return {
    async send(request) {
      const first = (await once(request, null)) as Sent;
      let last = first;
      if (first.wire.status === 401 && first.credentials.kept) {
        deps.credentials.forget();
        last = (await once(request, first.credentials)) ?? first;
      }
      const { wire, scrub } = last;
      const { answer, size } = await answerOf(wire, scrub, request, deps);
      bytesLeft -= size;
      if (bytesLeft > 0) return answer;
      throw tooLarge(request, 'all answers of this step together are over the limit');
    },
  };
}

async function answerOf(
  wire: Wire,
  scrub: Scrubber,
  request: HttpRequest,
  deps: ClientDeps,
): Promise<{ answer: HttpAnswer; size: number }> {
  const { status } = wire;
  const said = `${request.method} was answered with ${status}`;
  if (status >= 300 && status < 400) {
    // After 301 to 303 the target may have performed the request and shows where its result lies.
    if (request.write === true && status < 304) throw new LostAnswer(`${said}, a redirect`);
    throw new StepFault('ADDRESS_REFUSED', `${said}, a redirect: redirects are not followed`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const definite = NOT_PERFORMED.has(status) || request.notPerformed?.includes(status) === true;
    if (request.write === true && !definite) throw new LostAnswer(said);
    throw new StepFault('OUTSIDE_UNAVAILABLE', said, retryAfterMs(wire.headers['retry-after'], deps.nowMs()));
  }
  const headers = Object.fromEntries(
    Object.entries(wire.headers).map(([name, value]) => [name, scrub.text(value)] as const),
  );
  try {
    const bytes = await decompress(wire.bytes, wire.headers['content-encoding'], deps.settings.maxBytes);
    return { answer: { status, headers, body: scrub.json(bodyOf(bytes, status)) }, size: bytes.length };
  } catch (error) {
    if (error instanceof TooLarge) throw tooLarge(request, 'the answer is over the limit when decompressed');
    if (!(error instanceof Garbage)) throw error;
    // A refusal stays a refusal, whatever its page looks like.
    if (status >= 400) return { answer: { status, headers, body: null }, size: wire.bytes.length };
    if (request.write === true) throw new LostAnswer(`${said}, but ${error.message}`);
    throw new StepFault('OUTSIDE_GARBAGE', `${said}, but ${error.message}`);
  }
}

function bodyOf(bytes: Buffer, status: number): Json {
  if (bytes.length === 0) return null;
  const text = decodeText(bytes);
  try {
    return parseLossless(text);
  } catch (error) {
    if (status < 400 || !(error instanceof Garbage)) throw error;
    return text.slice(0, MAX_TEXT).toWellFormed();
  }
}

function faultOf(fault: ExchangeFault, request: HttpRequest): Error {
  const cause = innermost(fault.cause);
  if (cause instanceof StepFault) return cause;
  if (fault.reason === 'too-large') return tooLarge(request, 'the answer is over the limit');
  const said = `${request.method} got no whole answer (${fault.reason}${codeOf(cause)})`;
  if (request.write === true && fault.sent) return new LostAnswer(said);
  return new StepFault('OUTSIDE_UNAVAILABLE', said);
}

function tooLarge(request: HttpRequest, why: string): Error {
  return request.write === true ? new LostAnswer(why) : new StepFault('OUTSIDE_TOO_LARGE', why);
}

function innermost(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && !(at instanceof StepFault) && at.cause !== undefined) at = at.cause;
  return at;
}

/** Codes of undici and the system are constants; their messages may hold addresses. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? ` ${code}` : '';
}
