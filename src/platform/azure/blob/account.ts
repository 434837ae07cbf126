/** One storage account by token: conditional writes, reads, listings. Retries are the platform's own (`patience.ts`). */
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { PlatformFault } from '../../../domain/errors.ts';
import { patiently, unexpected, type Patience } from '../patience.ts';

/** Large blobs take longer than a question. */
const TRANSFER_FACTOR = 10;

export interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly etag: string;
}
/** Metadata, as the service returns it: lower-case names. */
export type Metadata = Readonly<Record<string, string>>;
export type Condition = { readonly create: true } | { readonly etag: string } | null;

const UNMET: ReadonlySet<string> = new Set(['BlobAlreadyExists', 'ConditionNotMet']);

/** The service's own word: its statuses mean different things, a missing container among them. */
const said = (error: unknown): string =>
  (error as { readonly details?: { readonly errorCode?: string } } | null)?.details?.errorCode ?? '';

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

  async #ask<Answer>(what: string, request: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    try {
      return await patiently(this.#patience, `blobs: ${what}`, request, {
        code: this.#code,
        timeFactor: TRANSFER_FACTOR,
      });
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
        if (said(error) === 'BlobNotFound') return null;
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
        // Also when it was to be replaced and is gone. A missing container is no answer to the condition.
        if (condition !== null && UNMET.has(said(error))) return false;
        throw error;
      }
    });
  }

  async metadata(name: string): Promise<Metadata | null> {
    return this.#ask('look', async (abortSignal) => {
      try {
        return (await this.#client.getBlobClient(name).getProperties({ abortSignal })).metadata ?? {};
      } catch (error) {
        if (said(error) === 'BlobNotFound') return null;
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
