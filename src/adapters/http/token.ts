/** Asks an OAuth 2.0 token address with client credentials. Nothing of its answer but the token leaves this layer. */
import type { Agent } from 'undici';
import { StepFault } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { decodeText, Garbage, parseLossless } from './decode.ts';
import { exchange, ExchangeFault } from './exchange.ts';

const MAX_BYTES = 65_536;

export async function requestToken(
  agent: Agent,
  url: URL,
  form: URLSearchParams,
  bounds: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Json> {
  try {
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const wire = await exchange(
      agent,
      { url, method: 'POST', headers, body: form.toString() },
      { maxBytes: MAX_BYTES, ...bounds },
    );
    if (wire.status === 429 || wire.status >= 500)
      throw new StepFault('OUTSIDE_UNAVAILABLE', `the token address answered ${wire.status}`);
    if (wire.status !== 200) throw new StepFault('OUTSIDE_REFUSED', `the token address answered ${wire.status}`);
    return parseLossless(decodeText(wire.bytes));
  } catch (error) {
    if (error instanceof Garbage) throw new StepFault('OUTSIDE_GARBAGE', `the token address: ${error.message}`);
    if (!(error instanceof ExchangeFault)) throw error;
    if (error.cause instanceof StepFault) throw error.cause;
    throw new StepFault('OUTSIDE_UNAVAILABLE', `the token address gave no whole answer (${error.reason})`);
  }
}
