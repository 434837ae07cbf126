/**
 * Full-text search over the tenant's documents, passage by passage. Only documents of collections that their owner marked as
 * indexable: an index is clear text. Nothing of a run is ever in it. Who may read a passage is decided here, by `readers`.
 */
import type { TenantId } from '../domain/ids.ts';

export interface IndexedDocument {
  /** Letters, digits, "_", "~", "-". */
  readonly id: string;
  readonly collection: string;
  readonly title: string;
  /** Principals and groups that may read it. */
  readonly readers: readonly string[];
}

export interface SearchQuery {
  readonly text: string;
  /** Null: all collections. */
  readonly collections: readonly string[] | null;
  /** Who asks: the principal and its groups. A passage is found only by one of its readers. */
  readonly as: readonly string[];
  readonly limit: number;
}

export interface SearchHit {
  readonly document: string;
  readonly collection: string;
  readonly title: string;
  /** Ordinal of the passage within its document. */
  readonly passage: number;
  readonly text: string;
}

export interface SearchIndex {
  /**
   * Replaces the document's passages; `before` is how many it had. Searchable soon after, on Azure not at once. Passages are
   * named by document and ordinal, so that a repetition changes nothing.
   */
  put(tenant: TenantId, document: IndexedDocument, passages: readonly string[], before: number): Promise<void>;
  /** Removes the document's `count` passages. Resolved when the index has accepted it. */
  remove(tenant: TenantId, document: string, count: number): Promise<void>;
  /** Best first. */
  search(tenant: TenantId, query: SearchQuery): Promise<readonly SearchHit[]>;
}
