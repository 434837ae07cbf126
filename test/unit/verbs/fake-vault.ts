/** A vault whose sealed text holds the place: opening at any other place fails, as associated data makes it fail. */
import { PlatformFault } from '../../../src/domain/errors.ts';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';
import type { Sealed, SealedPlace } from '../../../src/domain/sealing/sealed.ts';
import type { ContextVault } from '../../../src/ports/context-vault.ts';

export interface FakeVault extends ContextVault {
  /** The value without asking where it lies. */
  peek(value: Sealed): Json;
  sealNow(place: SealedPlace, value: Json): Sealed;
}

export function fakeVault(): FakeVault {
  const read = (value: Sealed): { place: string; value: Json } =>
    JSON.parse(Buffer.from(value.slice(3), 'base64').toString()) as { place: string; value: Json };
  const sealNow = (place: SealedPlace, value: Json): Sealed => {
    const text = JSON.stringify({ place: canonicalJson(place as unknown as Json), value });
    return `s1.${Buffer.from(text).toString('base64')}` as Sealed;
  };
  return {
    peek: (value) => read(value).value,
    sealNow,
    seal: async (place, value) => sealNow(place, value),
    open: async (place, value) => {
      const found = read(value);
      if (found.place !== canonicalJson(place as unknown as Json))
        throw new PlatformFault(
          'SEAL_BROKEN',
          `sealed at ${found.place}, opened at ${canonicalJson(place as unknown as Json)}`,
        );
      return found.value;
    },
  };
}
