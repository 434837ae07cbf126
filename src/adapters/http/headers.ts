/** Which headers a connector document may set, and the check that nothing can smuggle a second header. Pure. */
import { StepFault } from '../../domain/errors.ts';

/** Set by the client or the runtime, or trusted by platforms: never by a document. */
const RESERVED = new Set([
  'host',
  'authorization',
  'proxy-authorization',
  'cookie',
  'metadata',
  'x-identity-header',
  'forwarded',
  'via',
  'connection',
  'keep-alive',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'accept-encoding',
  'expect',
  'te',
  'trailer',
  'upgrade',
  'traceparent',
  'tracestate',
]);

export function headerNameAllowed(name: string): boolean {
  const lower = name.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(lower)) return false;
  return !RESERVED.has(lower) && !lower.startsWith('x-forwarded-') && !lower.startsWith('x-ms-token-');
}

/** Visible ASCII, space and tab. */
export function headerValueAllowed(value: string): boolean {
  return value.length <= 8_192 && /^[\t\u0020-\u007e]*$/.test(value);
}

/** Lower-cased copy. Throws `ADDRESS_REFUSED` for a header that documents may not set; the value is not repeated in the text. */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!headerNameAllowed(name)) throw new StepFault('ADDRESS_REFUSED', 'a header may not be set by a connector');
    if (!headerValueAllowed(value)) throw new StepFault('ADDRESS_REFUSED', 'a header value holds forbidden characters');
    out[name.toLowerCase()] = value;
  }
  return out;
}
