/** What a connector document may declare for the echo adapter. Strict: an unknown key is a problem, not a silent nothing. */
import { z } from 'zod';
import { isJsonObject, type Json } from '../../../domain/json.ts';

const json = z.json() as z.ZodType<Json>;
const policies = z
  .array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/))
  .max(20)
  .optional();

export const echoSettings = z.strictObject({});

/** A read resource answers with the records that its declaration lists; a write resource takes anything. */
export const echoResource = z.discriminatedUnion('access', [
  z.strictObject({
    access: z.literal('read'),
    records: z.array(json).max(1_000).default([]),
    key: z.string().default('id'),
  }),
  z.strictObject({ access: z.literal('write'), policies }),
]);

export const echoCommand = z.strictObject({ policies });

/** The record whose member `key` equals the wanted value. */
export function recordWith(records: readonly Json[], key: string, wanted: Json): Json | null {
  return records.find((record) => isJsonObject(record) && record[key] === wanted) ?? null;
}
