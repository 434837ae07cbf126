/**
 * AI Search for documents. The library is loaded at the first use. The filter that keeps tenants and readers apart is made here
 * from checked names; no text of a caller is ever part of it.
 */
import type { TokenCredential } from '@azure/identity';
import type { SearchClient } from '@azure/search-documents';
import { PlatformFault } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import type { SearchIndex } from '../../../ports/search-index.ts';
import { sha256Hex } from '../../common/hash.ts';
import { searchLimit, searchName, wordsOf } from '../../common/search-text.ts';
import { patiently, statusOf, unexpected, type Patience } from '../patience.ts';
import { INDEX, type Passage } from './index-definition.ts';

export interface SearchOptions {
  readonly endpoint: string;
  readonly credential: TokenCredential;
  readonly patience: Patience;
}

/** Documents of one request. */
const TOGETHER = 500;

/** Keys hold letters, digits, `_`, `-`, `=`: a digest of the place, so that no two places share one. */
const keyOf = (tenant: TenantId, document: string, ordinal: number): string =>
  sha256Hex(`${tenant}\n${document}\n${ordinal}`);

export function aiSearchIndex({ endpoint, credential, patience }: SearchOptions): SearchIndex {
  let opening: Promise<SearchClient<Passage>> | null = null;

  /** The index is made when it is not there yet; its definition is part of the release. */
  async function open(): Promise<SearchClient<Passage>> {
    const library = await import('@azure/search-documents');
    const options = { retryOptions: { maxRetries: 0 } };
    const indexes = new library.SearchIndexClient(endpoint, credential, options);
    await patiently(patience, 'the search service: index', async (abortSignal) => {
      try {
        await indexes.getIndex(INDEX.name, { abortSignal });
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await indexes.createOrUpdateIndex(INDEX, { abortSignal });
      }
    });
    return new library.SearchClient<Passage>(endpoint, INDEX.name, credential, options);
  }

  async function ask<Answer>(
    what: string,
    request: (client: SearchClient<Passage>, abortSignal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      opening ??= open();
      const client = await opening.catch((error: unknown) => {
        opening = null;
        throw error;
      });
      return await patiently(patience, what, (signal) => request(client, signal));
    } catch (error) {
      throw unexpected(what, error);
    }
  }

  async function drop(tenant: TenantId, document: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += TOGETHER) {
      const count = Math.min(TOGETHER, to - at);
      const keys = Array.from({ length: count }, (_, n) => keyOf(tenant, document, at + n));
      const { results } = await ask('the search service: remove', (client, abortSignal) =>
        client.deleteDocuments('key', keys, { abortSignal }),
      );
      accepted(results);
    }
  }

  return {
    async put(tenant, document, passages, before) {
      searchName(tenant);
      searchName(document.id);
      searchName(document.collection);
      document.readers.forEach(searchName);
      for (let at = 0; at < passages.length; at += TOGETHER) {
        const some = passages.slice(at, at + TOGETHER).map((text, n): Passage => ({
          key: keyOf(tenant, document.id, at + n),
          tenantId: tenant,
          document: document.id,
          collection: document.collection,
          readers: [...document.readers],
          ordinal: at + n,
          title: document.title,
          text,
        }));
        const { results } = await ask('the search service: write', (client, abortSignal) =>
          client.mergeOrUploadDocuments(some, { abortSignal }),
        );
        accepted(results);
      }
      await drop(tenant, document.id, passages.length, before);
    },

    remove: (tenant, document, count) => drop(tenant, document, 0, count),

    async search(tenant, { text, collections, as, limit }) {
      const words = wordsOf(text);
      if (words.length === 0 || as.length === 0 || collections?.length === 0) return [];
      const filter = filterFor(tenant, collections, as);
      const hits: Passage[] = [];
      await ask('the search service: search', async (client, abortSignal) => {
        hits.length = 0;
        const answer = await client.search(words.join(' '), {
          filter,
          top: searchLimit(limit),
          queryType: 'simple',
          searchMode: 'any',
          searchFields: ['title', 'text'],
          abortSignal,
        });
        for await (const { document } of answer.results) hits.push(document);
      });
      if (hits.some((hit) => hit.tenantId !== tenant))
        throw new PlatformFault('STORE_UNAVAILABLE', 'a passage of another tenant was answered');
      return hits.slice(0, searchLimit(limit)).map(({ document, collection, title, ordinal, text: found }) => ({
        document,
        collection,
        title,
        passage: ordinal,
        text: found,
      }));
    },
  };
}

function filterFor(tenant: TenantId, collections: readonly string[] | null, as: readonly string[]): string {
  const list = (names: readonly string[]): string => names.map(searchName).join('|');
  const parts = [`tenantId eq '${searchName(tenant)}'`, `readers/any(r: search.in(r, '${list(as)}', '|'))`];
  if (collections !== null) parts.push(`search.in(collection, '${list(collections)}', '|')`);
  return parts.join(' and ');
}

/** One request can succeed in part. */
function accepted(results: readonly { readonly succeeded: boolean; readonly statusCode: number }[]): void {
  const failed = results.find(({ succeeded }) => !succeeded);
  if (failed !== undefined)
    throw new PlatformFault('STORE_UNAVAILABLE', `the search service refused a passage (status ${failed.statusCode})`);
}
