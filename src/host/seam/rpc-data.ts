/**
 * Values on the worker protocol. The library decides the shape on the app's side; here is the host's side of
 * the same table, for triggers that carry plain values.
 */
import type { RpcData } from '../contract.ts';

/** A value as trigger data: strings stay strings (the library parses them when they are JSON), the rest is JSON. */
export function toRpc(value: unknown): RpcData {
  if (typeof value === 'string') return { string: value };
  if (value instanceof Uint8Array) return { bytes: value };
  return { json: JSON.stringify(value ?? null) };
}

/** The value of what a function returned; JSON text is parsed, absent is `undefined`. */
export function fromRpc(data: RpcData | null | undefined): unknown {
  if (!data) return undefined;
  if (data.json !== undefined) return JSON.parse(data.json);
  if (data.string !== undefined) return data.string;
  if (data.int !== undefined) return data.int;
  if (data.double !== undefined) return data.double;
  return data.bytes ?? data.stream ?? data.http ?? data.collectionString?.string;
}
