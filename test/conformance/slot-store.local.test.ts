/** The slot store's suite on the local platform and on the one in memory that simulations use. */
import { memorySlotStore, SlotData } from '../support/simulation/memory-slot-store.ts';
import { temporaryPlatform } from '../support/local-platform.ts';
import { slotStoreSuite } from './slot-store.suite.ts';

slotStoreSuite('local', async (t) => (await temporaryPlatform(t)).platform.slots);
slotStoreSuite('memory', () => {
  const faults = { latency: () => Promise.resolve(), losesAnswer: () => false };
  return Promise.resolve(memorySlotStore(new SlotData(), faults));
});
