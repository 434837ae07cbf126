/**
 * The settings that every connector over HTTP has (LANGUAGE §5), with their limits. Adapters extend this schema with
 * their own keys; the client reads only these.
 */
import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { durationMs } from '../../domain/workflow/durations.ts';
import { headerNameAllowed, headerValueAllowed } from './headers.ts';

const MAX_TIMEOUT_MS = 300_000;

/** ISO 8601 duration, or milliseconds; read as milliseconds. */
export const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = durationMs(value);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'not an ISO 8601 duration such as PT30S' });
  return z.NEVER;
});

const secretName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a secret is named, never written: [a-z][a-z0-9-]*');
const headerName = z.string().refine(headerNameAllowed, 'this header may not be set by a connector');
const headerValue = z.string().refine(headerValueAllowed, 'visible ASCII only');
const absoluteUrl = z
  .string()
  .max(2_000)
  .refine((text) => URL.canParse(text), 'not an absolute URL');

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer'), secret: secretName }),
  z.strictObject({ kind: z.literal('basic'), user: headerValue, secret: secretName }),
  z.strictObject({ kind: z.literal('apiKey'), header: headerName, secret: secretName }),
  z.strictObject({
    kind: z.literal('clientCredentials'),
    tokenUrl: absoluteUrl,
    clientId: z.string().min(1).max(500),
    scope: z.string().max(1_000).optional(),
    secret: secretName,
  }),
]);
export type Auth = z.infer<typeof auth>;

export const httpSettings = z.strictObject({
  baseUrl: absoluteUrl,
  allowedHosts: z.array(z.string().min(1).max(260)).min(1).max(20),
  auth: auth.default({ kind: 'none' }),
  headers: z.record(headerName, headerValue).default({}),
  /** Of one request, answer included. */
  timeout: duration.pipe(z.number().max(MAX_TIMEOUT_MS, 'at most PT5M')).default(30_000),
  /** Of one answer, after decompression. */
  maxBytes: z.int().min(1).max(67_108_864).default(8_388_608),
  /** Of all answers that one step attempt reads. */
  maxTotalBytes: z.int().min(1).max(268_435_456).default(67_108_864),
  maxPages: z.int().min(1).max(10_000).default(1_000),
  maxInFlight: z.int().min(1).max(64).default(8),
  ratePerSecond: z.number().positive().max(1_000).optional(),
});
export type HttpSettings = z.infer<typeof httpSettings>;

/** What the client needs of a connector's settings, whatever else its adapter keeps there; null when it has no address. */
export function readHttpSettings(settings: JsonObject): HttpSettings | null {
  const known = Object.keys(httpSettings.shape);
  const own = Object.fromEntries(Object.entries(settings).filter(([key]) => known.includes(key)));
  return httpSettings.safeParse(own).data ?? null;
}
