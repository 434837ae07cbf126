/**
 * The declarations at run time: a check made from a declaration lets a record through that has exactly the declared
 * fields (those that came later may be missing), with ciphertext in the sealed ones. Errors name fields, never values.
 */
import type { Declaration } from '../../domain/sealing/stored.ts';

/** What the vault writes: inline ciphertext or the reference to a blob of it. */
export function looksSealed(value: unknown): boolean {
  return typeof value === 'string' && (value.startsWith('s1.') || value.startsWith('b1.'));
}

export function fieldCheck(what: string, fields: Declaration): (record: object) => void {
  const declared = new Set(Object.keys(fields));
  const sealedFields = Object.entries(fields)
    .filter(([, field]) => 'sealed' in field)
    .map(([name]) => name);
  const required = Object.entries(fields)
    .filter(([, field]) => !('later' in field))
    .map(([name]) => name);
  return (record) => {
    const keys = Object.keys(record);
    for (const key of keys) {
      if (!declared.has(key)) throw new TypeError(`${what}: field "${key.slice(0, 40)}" is not declared`);
    }
    if (keys.length !== declared.size) {
      const missing = required.filter((name) => !Object.hasOwn(record, name));
      if (missing.length > 0) throw new TypeError(`${what}: missing ${missing.join(', ')}`);
    }
    for (const name of sealedFields) {
      if (!Object.hasOwn(record, name)) continue;
      const value = (record as Record<string, unknown>)[name];
      if (value !== null && !looksSealed(value)) throw new TypeError(`${what}: "${name}" must be sealed`);
    }
  };
}
