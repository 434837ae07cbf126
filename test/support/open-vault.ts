/**
 * A vault that does not seal: the negative control of the canary tests. What it returns looks like sealed text to a store and
 * holds the value in clear, so a scan that does not find the canaries behind it is broken.
 */
import type { Json } from '../../src/domain/json.ts';
import type { Sealed } from '../../src/domain/sealing/sealed.ts';
import { INLINE_BYTES } from '../../src/platform/common/context-vault.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';
import type { ContextVault } from '../../src/ports/context-vault.ts';
import type { KeyRing } from '../../src/ports/key-ring.ts';

export function createOpenVault(_keys: KeyRing, blobs: BlobStore): ContextVault {
  let count = 0;
  return {
    async seal(place, value) {
      const text = JSON.stringify(value);
      if (text.length <= INLINE_BYTES) return `s1.0.${text}` as Sealed;
      const name = `${place.kind}/${place.id}/open-${process.pid}-${++count}`;
      await blobs.put(place.tenant, name, Buffer.from(text));
      return `b1.0.${name}` as Sealed;
    },
    async open(place, value) {
      if (value.startsWith('s1.0.')) return JSON.parse(value.slice(5)) as Json;
      const bytes = await blobs.get(place.tenant, value.slice(5));
      if (bytes === null) throw new Error('the blob is gone');
      return JSON.parse(Buffer.from(bytes).toString()) as Json;
    },
  };
}
