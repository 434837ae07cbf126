/** One storage account by token: conditional writes, reads, listings. Retries are the platform's own (`patience.ts`). */
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { PlatformFault } from '../../../domain/errors.ts';
import { patiently, statusOf, unexpected, type Patience } from '../patience.ts';

/** Large blobs take longer than a question. */
const TRANSFER_FACTOR = 10;

export interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly etag: string;
}
/** Metadata, as the service returns it: lower-case names. */
export type Metadata = Readonly<Record<string, string>>;
export type Condition = { readonly create: true } | { readonly etag: string } | null;

export class BlobContainer {
  readonly #client: ContainerClient;
  readonly #patience: Patience;
  readonly #code: PlatformFault['code'];

  constructor(
    endpoint: string,
    container: string,
    credential: TokenCredential,
    patience: Patience,
    code: PlatformFault['code'] = 'STORE_UNAVAILABLE',
  ) {
    const service = new BlobServiceClient(endpoint, credential, { retryOptions: { maxTries: 1 } });
    this.#client = service.getContainerClient(container);
    this.#patience = patience;
    this.#code = code;
  }

  async #ask<Answer>(
    what: string,
    request: (signal: AbortSignal, earlier: number) => Promise<Answer>,
  ): Promise<Answer> {
    const limit = this.#patience.timeoutMs * TRANSFER_FACTOR;
    try {
      return await patiently(
        this.#patience,
        `blobs: ${what}`,
        (earlier) => request(AbortSignal.timeout(limit), earlier),
        this.#code,
      );
    } catch (error) {
      throw unexpected(`blobs: ${what}`, error, this.#code);
    }
  }

  async read(name: string): Promise<StoredBlob | null> {
    return this.#ask('read', async (abortSignal) => {
      try {
        // One request, not the download helper with ranges: what we store is read whole.
        const answer = await this.#client.getBlobClient(name).download(0, undefined, { abortSignal });
        const chunks: Buffer[] = [];
        for await (const chunk of answer.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { bytes: Buffer.concat(chunks), etag: answer.etag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });
  }

  /** False when the condition does not hold. */
  async write(name: string, bytes: Uint8Array, condition: Condition, metadata: Metadata = {}): Promise<boolean> {
    return this.#ask('write', async (abortSignal) => {
      const conditions =
        condition === null ? {} : 'create' in condition ? { ifNoneMatch: '*' } : { ifMatch: condition.etag };
      try {
        await this.#client.getBlockBlobClient(name).upload(Buffer.from(bytes), bytes.length, {
          abortSignal,
          conditions,
          metadata: { ...metadata },
        });
        return true;
      } catch (error) {
        const status = statusOf(error);
        // 404: replaced under an etag, and gone.
        if (status === 409 || status === 412 || (status === 404 && condition !== null)) return false;
        throw error;
      }
    });
  }

  async metadata(name: string): Promise<Metadata | null> {
    return this.#ask('look', async (abortSignal) => {
      try {
        return (await this.#client.getBlobClient(name).getProperties({ abortSignal })).metadata ?? {};
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });
  }

  async remove(name: string): Promise<boolean> {
    return this.#ask(
      'remove',
      async (abortSignal) => (await this.#client.getBlobClient(name).deleteIfExists({ abortSignal })).succeeded,
    );
  }

  /** A page of names that begin with `prefix`, ascending, with their metadata; `next` null when there are no more. */
  async list(
    prefix: string,
    next: string | null,
    size: number,
  ): Promise<{
    readonly blobs: readonly { readonly name: string; readonly metadata: Metadata }[];
    readonly next: string | null;
  }> {
    return this.#ask('list', async (abortSignal) => {
      const pages = this.#client
        .listBlobsFlat({ prefix, includeMetadata: true, abortSignal })
        .byPage({ maxPageSize: size, ...(next === null ? {} : { continuationToken: next }) });
      const { value } = await pages.next();
      if (value === undefined) return { blobs: [], next: null };
      return {
        blobs: value.segment.blobItems.map(({ name, metadata }: { name: string; metadata?: Metadata }) => ({
          name,
          metadata: metadata ?? {},
        })),
        next: value.continuationToken || null,
      };
    });
  }
}
