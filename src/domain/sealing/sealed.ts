/**
 * A sealed value, and the promise that every stored field is declared. A sealed value is opaque text; only the context
 * vault opens it. Each kind of stored document lists each of its fields as `sealed(owner)` or `clear(reason)`; the
 * types refuse a document whose declaration misses a field, names one too many, or calls a sealed field clear.
 */
import type { Instant } from '../json.ts';
import type { TenantId } from '../ids.ts';

declare const sealedBrand: unique symbol;
/** Ciphertext: `s1.<key version>.<base64url>` inline, or `b1.<key version>.<blob name>.<sha-256>` for large values. */
export type Sealed = string & { readonly [sealedBrand]: true };

/** Whose key seals a value, and with whose destruction it is gone. */
export type OwnerKind = 'run' | 'tenant' | 'request' | 'document';
export interface KeyOwner {
  readonly tenant: TenantId;
  readonly kind: OwnerKind;
  /** Run id, request id …; the tenant id itself for `tenant`. */
  readonly id: string;
}

/** Where a sealed value lies: all of it is associated data, so a value moved anywhere else does not open. */
export interface SealedPlace extends KeyOwner {
  /** Step ordinal, effect or document id below the owner, e.g. `step/3` or `effect/3/0/0`. */
  readonly path: string;
  readonly field: string;
  /** Run attempt (0 where there is none). */
  readonly attempt: number;
}

export interface SealedField {
  readonly sealed: OwnerKind;
  /** Documents that an earlier release wrote do not have it. */
  readonly later?: true;
}
export interface ClearField {
  /** Why this may be read by anyone who can read the store. */
  readonly clear: string;
}
export const sealed = (owner: OwnerKind): SealedField => ({ sealed: owner });
export const sealedLater = (owner: OwnerKind): SealedField => ({ sealed: owner, later: true });
export const clear = (reason: string): ClearField => ({ clear: reason });

/** One declaration per field of `T`: fields that hold `Sealed` must be sealed, all others must say why they are clear. */
export type Declared<T> = {
  readonly [Field in keyof T]-?: [NonNullable<T[Field]>] extends [Sealed] ? SealedField : ClearField;
};

export interface Stamped {
  readonly at: Instant;
}
