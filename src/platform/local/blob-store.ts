/** Blobs as files, a folder per tenant. A name is written once; a half-written blob has no name. */
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlatformFault } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import { createFile, isMissing, part, syncFolder } from './files.ts';

export function localBlobStore(folder: string): BlobStore {
  const tenantFolder = (tenant: TenantId): string => join(folder, part(tenant));
  const fileOf = (tenant: TenantId, name: string): string =>
    join(tenantFolder(tenant), ...name.split('/').map((text) => part(text)));

  return {
    async put(tenant, name, bytes) {
      if (!(await createFile(fileOf(tenant, name), bytes))) throw new PlatformFault('EXISTS', `blob ${name} exists`);
    },

    async get(tenant, name) {
      try {
        return await readFile(fileOf(tenant, name));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },

    async removePrefix(tenant, prefix) {
      const parts = prefix.split('/');
      const last = parts.pop() ?? '';
      const top = join(tenantFolder(tenant), ...parts.map((text) => part(text)));
      if (last !== '') part(last);
      return removeBelow(top, last);
    },
  };
}

/** Removes files below `folder` whose first part begins with `start`, then the folders that became empty. */
async function removeBelow(folder: string, start: string): Promise<number> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  let removed = 0;
  for (const entry of entries) {
    if (!entry.name.startsWith(start)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removed += await removeBelow(path, '');
      await rmdir(path).catch((error: NodeJS.ErrnoException) => {
        // Somebody has written a new blob meanwhile: the folder stays.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
      });
    } else {
      await rm(path, { force: true });
      removed += 1;
    }
  }
  if (removed > 0) syncFolder(start === '' ? dirname(folder) : folder);
  return removed;
}
