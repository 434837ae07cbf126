/** Concurrency slots in memory, with etags; answers can take their time and be lost after the write. */
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { SlotDocument } from '../../../src/domain/run/slots.ts';
import type { SlotStore } from '../../../src/ports/slot-store.ts';

export class SlotData {
  readonly documents = new Map<string, { document: SlotDocument; version: number }>();
}

export interface SlotFaults {
  latency(): Promise<void>;
  losesAnswer(): boolean;
}

export function memorySlotStore(data: SlotData, faults: SlotFaults): SlotStore {
  return {
    async read(tenant, key) {
      await faults.latency();
      const found = data.documents.get(`${tenant}/${key}`);
      return found === undefined ? null : { document: found.document, etag: String(found.version) };
    },
    async write(tenant, key, etag, document) {
      await faults.latency();
      const found = data.documents.get(`${tenant}/${key}`);
      if ((found === undefined ? null : String(found.version)) !== etag) return 'conflict';
      data.documents.set(`${tenant}/${key}`, { document, version: (found?.version ?? 0) + 1 });
      if (faults.losesAnswer()) throw new PlatformFault('STORE_UNAVAILABLE', 'the answer was lost');
      return 'written';
    },
  };
}
