/**
 * One request on one socket, with its bounds: bytes in and whole duration. It knows one thing that callers cannot:
 * whether the request had begun to leave when something failed (`sent`). It judges no status and parses nothing.
 */
import type { Agent, Dispatcher } from 'undici';

export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Why there is no whole answer. `sent` false: nothing left this machine. */
export class ExchangeFault extends Error {
  readonly reason: 'aborted' | 'timeout' | 'connection' | 'too-large';
  readonly sent: boolean;
  constructor(reason: ExchangeFault['reason'], sent: boolean, cause?: unknown) {
    super(reason, { cause });
    this.name = 'ExchangeFault';
    this.reason = reason;
    this.sent = sent;
  }
}

export function exchange(
  agent: Agent,
  request: {
    readonly url: URL;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  },
  bounds: { readonly maxBytes: number; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let sent = false;
    let over = false;
    let status = 0;
    let headers: Record<string, string> = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const end = (finish: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      bounds.signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (reason: ExchangeFault['reason'], cause?: unknown): void => {
      end(() => reject(new ExchangeFault(reason, sent, cause)));
      controller?.abort(new Error(reason));
    };
    const onAbort = (): void => fail('aborted', bounds.signal.reason);
    const timer = setTimeout(() => fail('timeout'), bounds.timeoutMs);
    if (bounds.signal.aborted) {
      fail('aborted', bounds.signal.reason);
      return;
    }
    bounds.signal.addEventListener('abort', onAbort, { once: true });

    agent.dispatch(
      {
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method as Dispatcher.HttpMethod,
        headers: request.headers,
        body: request.body,
        headersTimeout: bounds.timeoutMs,
        bodyTimeout: bounds.timeoutMs,
      },
      {
        // undici calls this right before the first byte is written: until then nothing has left.
        onRequestStart(given) {
          controller = given;
          if (over) given.abort(new Error('over'));
          else sent = true;
        },
        onResponseStart(_, code, raw) {
          if (code < 200) return;
          status = code;
          headers = flat(raw);
          if (Number(headers['content-length']) > bounds.maxBytes) fail('too-large');
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          if (size > bounds.maxBytes) fail('too-large');
          else chunks.push(chunk);
        },
        onResponseEnd() {
          end(() => resolve({ status, headers, bytes: Buffer.concat(chunks) }));
        },
        onResponseError(_, error) {
          fail('connection', error);
        },
      },
    );
  });
}

function flat(raw: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(raw))
    if (value !== undefined) out[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  return out;
}
