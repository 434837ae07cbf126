/**
 * W3C trace context: the one header `traceparent`, read strictly. A header of a caller could hold anything, so what is no
 * trace parent counts as none; `tracestate` and `baggage` are never read, kept or passed on.
 */
import { BoundedCache } from '../expression/cache.ts';

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const LONGEST = 200;

/** Valid ones that were read of late: every step of a run asks for the run's own. */
const known = new BoundedCache<string, TraceContext>(256);

/** Null unless it is valid. Versions after 00 are read by the fields of 00, as the standard asks; `ff` is none. */
export function parseTraceparent(header: string | null | undefined): TraceContext | null {
  if (header == null || header.length > LONGEST) return null;
  const before = known.get(header);
  if (before !== undefined) return before;
  const [, version, traceId = '', spanId = '', flags = '', more] = FORM.exec(header) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const context = { traceId, spanId, flags };
  known.set(header, context);
  return context;
}

/** Always of version 00, and of the known flags only `sampled`. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${(Number.parseInt(flags, 16) & 1) === 1 ? '01' : '00'}`;
}

/** The start of a trace from 24 random bytes. */
export function newTraceparent(random: Uint8Array): string {
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return formatTraceparent({ traceId: nonZero(hex.slice(0, 32)), spanId: nonZero(hex.slice(32, 48)), flags: '01' });
}

export const traceIdOf = (traceparent: string | null): string | null => parseTraceparent(traceparent)?.traceId ?? null;

const nonZero = (hex: string): string => (/^0*$/.test(hex) ? hex.replace(/.$/, '1') : hex);
