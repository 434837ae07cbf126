/** A local platform in a folder of its own, closed and removed when the test ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openLocalPlatform, type LocalOptions, type LocalPlatform } from '../../src/platform/local/platform.ts';

export interface TemporaryPlatform {
  readonly platform: LocalPlatform;
  readonly directory: string;
  /** Closes the platform and opens the same folder again. */
  reopen(): Promise<LocalPlatform>;
}

export function temporaryFolder(t: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Durability NORMAL: these tests kill processes, never the machine. */
export async function temporaryPlatform(
  t: Pick<TestContext, 'after'>,
  options: Partial<LocalOptions> = {},
): Promise<TemporaryPlatform> {
  const directory = temporaryFolder(t);
  const open = (): Promise<LocalPlatform> => openLocalPlatform({ directory, durability: 'NORMAL', ...options });
  let platform = await open();
  t.after(() => platform.close());
  return {
    platform,
    directory,
    async reopen() {
      await platform.close();
      platform = await open();
      return platform;
    },
  };
}
