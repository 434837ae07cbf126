/**
 * The context vault: the only way to and from ciphertext, the same on both platforms.
 *
 * 1. AES-256-GCM, a fresh random nonce each; associated data is the canonical place with the key's version, so that a value
 *    moved to another tenant, owner, path, field or attempt does not open.
 * 2. Lengths are padded: a stored value tells its size class only.
 * 3. A large value is a blob with a name of its own, on the disk before `seal` resolves; the sealed text holds its hash.
 */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../domain/errors.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { Sealed, SealedPlace } from '../../domain/sealing/sealed.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { ContextVault } from '../../ports/context-vault.ts';
import type { KeyRing } from '../../ports/key-ring.ts';
import { decrypt, encrypt, OVERHEAD } from './aes.ts';
import { sha256Hex } from './hash.ts';
import { pad, unpad } from './padding.ts';

/** Ciphertext up to this size lies in the document itself. */
export const INLINE_BYTES = 16 * 1024;

const INLINE = 's1';
const BLOB = 'b1';

export function createContextVault(keys: KeyRing, blobs: BlobStore): ContextVault {
  return {
    async seal(place, value) {
      const { version, key } = await keys.create(place);
      const bytes = encrypt(key, associated(place, version), pad(JSON.stringify(value)));
      if (bytes.length <= INLINE_BYTES + OVERHEAD)
        return `${INLINE}.${version}.${bytes.toString('base64url')}` as Sealed;
      const name = `${place.kind}/${place.id}/${randomBytes(12).toString('hex')}`;
      await blobs.put(place.tenant, name, bytes);
      return `${BLOB}.${version}.${name}.${sha256Hex(bytes)}` as Sealed;
    },

    async open(place, value, purpose = 'step') {
      const parts = value.split('.');
      const version = Number(parts[1]);
      const bytes = await bytesOf(parts, place, blobs);
      const { key, version: current } = await keys.get(place, purpose);
      if (version !== current) throw broken(place, 'was sealed under another version of its key');
      const plain = decrypt(key, associated(place, version), bytes);
      if (plain === null) throw broken(place, 'is not the value that was sealed at this place');
      return JSON.parse(unpad(plain)) as Json;
    },
  };
}

/** Blobs of the owner begin so: erasing an owner removes them by this prefix. */
export function blobPrefix(owner: Pick<SealedPlace, 'kind' | 'id'>): string {
  return `${owner.kind}/${owner.id}/`;
}

async function bytesOf(parts: readonly string[], place: SealedPlace, blobs: BlobStore): Promise<Uint8Array> {
  const [form, , body] = parts;
  if (form === INLINE && parts.length === 3) return Buffer.from(body as string, 'base64url');
  if (form !== BLOB || parts.length !== 4) throw broken(place, 'is not sealed text');
  // A reference to somebody else's blob would fail at its tag too; this does not even read it.
  if (!(body as string).startsWith(blobPrefix(place))) throw broken(place, 'names a blob of another owner');
  const bytes = await blobs.get(place.tenant, body as string);
  if (bytes === null) throw broken(place, 'names a blob that is gone');
  if (sha256Hex(bytes) !== parts[3]) throw broken(place, 'names a blob whose bytes have changed');
  return bytes;
}

function broken(place: SealedPlace, what: string): PlatformFault {
  return new PlatformFault('SEAL_BROKEN', `${place.kind} ${place.id} ${place.path} ${place.field} ${what}`);
}

function associated(place: SealedPlace, keyVersion: number): Buffer {
  const { tenant, kind, id, path, field, attempt } = place;
  return Buffer.from(canonicalJson({ v: 1, tenant, owner: kind, ownerId: id, path, field, attempt, keyVersion }));
}
