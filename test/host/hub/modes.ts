/** Runs one test body against a hub in direct and in strict mode. */
import { test } from 'node:test';
import { testHub, type TestHub } from './support.ts';
import type { HubOptions } from '../../../src/host/hub/hub.ts';

const MODES = { direct: {}, strict: { strict: { seed: 7 } } } as const;

export function both(name: string, body: (hub: TestHub) => Promise<void>, options: Partial<HubOptions> = {}): void {
  for (const [mode, settings] of Object.entries(MODES)) {
    test(`${name} (${mode})`, async () => {
      const hub = await testHub({ ...settings, ...options });
      try {
        await body(hub);
      } finally {
        await hub.stop();
      }
    });
  }
}
