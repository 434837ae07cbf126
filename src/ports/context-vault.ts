/** Seals and opens values: the only way to and from ciphertext. */
import type { Json } from '../domain/json.ts';
import type { Sealed, SealedPlace } from '../domain/sealing/sealed.ts';
import type { KeyPurpose } from './key-ring.ts';

export interface ContextVault {
  /** Encrypts under the owner's key; large values go to a blob that is written before this resolves. */
  seal(place: SealedPlace, value: Json): Promise<Sealed>;
  /** Throws `KEY_DESTROYED` when the owner's key is gone, `SEAL_BROKEN` when the value is not the one sealed at this place. */
  open(place: SealedPlace, value: Sealed, purpose?: KeyPurpose): Promise<Json>;
}
