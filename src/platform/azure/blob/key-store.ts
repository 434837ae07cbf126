/**
 * Wrapped keys in a storage account of their own, without versions, soft delete or copies: a blob a key. Destroying one
 * overwrites it with a tombstone, so that no later write under an old etag, and no create, can bring it back.
 */
import { PlatformFault } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import type { KeyName, StoredKey, WrappedKey, WrappedKeyStore } from '../../common/wrapped-keys.ts';
import type { BlobContainer } from './account.ts';

const PAGE = 500;
const TOGETHER = 16;
/** The etag that callers see of a tombstone: no condition ever holds for it. */
const TOMBSTONE = 'destroyed';

interface StoredForm {
  readonly version: number;
  readonly wrappedBy: number;
  /** Base64; null in a tombstone. */
  readonly wrapped: string | null;
}

const bytesOf = (form: StoredForm): Uint8Array => Buffer.from(JSON.stringify(form));
const toForm = ({ version, wrappedBy, wrapped }: WrappedKey): StoredForm => ({
  version,
  wrappedBy,
  wrapped: wrapped === null ? null : Buffer.from(wrapped).toString('base64'),
});

/** Names hold what ids hold; anything else would have a meaning in an address. */
function checked(text: string): string {
  if (!/^[A-Za-z0-9_~/-]{1,400}$/.test(text) || text.includes('//'))
    throw new TypeError('a key’s name may hold only letters, digits, "_", "~", "-" and "/"');
  return text;
}
const folder = (tenant: TenantId): string => `${checked(tenant)}/`;

export function azureKeyStore(container: BlobContainer): WrappedKeyStore {
  const blobName = (tenant: TenantId, name: KeyName): string => folder(tenant) + checked(name);
  return {
    async read(tenant, name): Promise<StoredKey | null> {
      const blob = await container.read(blobName(tenant, name));
      if (blob === null) return null;
      const { version, wrappedBy, wrapped } = parse(blob.bytes);
      if (wrapped === null) return { version, wrappedBy, wrapped, etag: TOMBSTONE };
      return { version, wrappedBy, wrapped: Buffer.from(wrapped, 'base64'), etag: blob.etag };
    },

    async create(tenant, name, key) {
      return (await container.write(blobName(tenant, name), bytesOf(toForm(key)), { create: true }))
        ? 'created'
        : 'exists';
    },

    async replace(tenant, name, etag, key) {
      if (etag === TOMBSTONE) return 'conflict';
      return (await container.write(blobName(tenant, name), bytesOf(toForm(key)), { etag })) ? 'replaced' : 'conflict';
    },

    async destroy(tenant, names) {
      const tombstone = bytesOf({ version: 0, wrappedBy: 0, wrapped: null });
      for (let at = 0; at < names.length; at += TOGETHER) {
        const some = names.slice(at, at + TOGETHER);
        await Promise.all(
          some.map((name) => container.write(blobName(tenant, name), tombstone, null, { destroyed: 'true' })),
        );
      }
    },

    async names(tenant, at, limit) {
      // One listing a page: beginning again at the first name would read every tombstone for every page.
      const page = await container.list(folder(tenant), at === '' ? null : at, Math.min(limit, PAGE));
      const standing = page.blobs.filter(({ metadata }) => metadata['destroyed'] !== 'true');
      return { names: standing.map(({ name }) => name.slice(folder(tenant).length)), next: page.next };
    },
  };
}

function parse(bytes: Uint8Array): StoredForm {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as StoredForm;
  } catch {
    // Says nothing of the content: it may hold parts of a key.
    throw new PlatformFault('SEAL_BROKEN', 'a wrapped key is not in the form in which keys are stored');
  }
}
