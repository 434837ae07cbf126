/** Sealed values and artifacts as block blobs, a prefix a tenant. A name is written once; half a blob is no blob. */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import type { BlobStore } from '../../../ports/blob-store.ts';
import type { BlobContainer } from './account.ts';

const PAGE = 500;
const TOGETHER = 16;

/** One part of a name, as on the local platform: nothing to which a path or an address gives a meaning. */
function part(text: string): string {
  if (!/^[A-Za-z0-9_~-]{1,120}$/.test(text))
    throw new TypeError('a name may hold only letters, digits, "_", "~" and "-"');
  return text;
}

const folder = (tenant: TenantId): string => `t/${part(tenant)}/`;
const blobName = (tenant: TenantId, name: string): string =>
  folder(tenant) +
  name
    .split('/')
    .map((text) => part(text))
    .join('/');

export function azureBlobStore(container: BlobContainer): BlobStore {
  return {
    async put(tenant, name, bytes) {
      const at = blobName(tenant, name);
      const commit = randomBytes(12).toString('hex');
      if (await container.write(at, bytes, { create: true }, { commit })) return;
      // The answer to our own write may have been lost before it was sent again.
      if ((await container.metadata(at))?.['commit'] !== commit)
        throw new PlatformFault('EXISTS', `blob ${name} exists`);
    },

    async get(tenant, name) {
      return (await container.read(blobName(tenant, name)))?.bytes ?? null;
    },

    async removePrefix(tenant, prefix) {
      const parts = prefix.split('/');
      const last = parts.pop() ?? '';
      parts.forEach((text) => part(text));
      if (last !== '') part(last);
      let removed = 0;
      let next: string | null = null;
      do {
        const page: Awaited<ReturnType<BlobContainer['list']>> = await container.list(
          folder(tenant) + prefix,
          next,
          PAGE,
        );
        for (let at = 0; at < page.blobs.length; at += TOGETHER) {
          const some = page.blobs.slice(at, at + TOGETHER);
          const gone = await Promise.all(some.map(({ name }) => container.remove(name)));
          removed += gone.filter(Boolean).length;
        }
        next = page.next;
      } while (next !== null);
      return removed;
    },
  };
}
