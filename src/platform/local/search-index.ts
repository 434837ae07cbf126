/**
 * The local search index: SQLite's full-text search in a file of its own, `search.db`, which holds clear text and may be deleted
 * and built again. Tenant, collection and readers are conditions of the statement, never of what comes back.
 */
import type { Database } from 'better-sqlite3';
import type { SearchIndex } from '../../ports/search-index.ts';
import { searchLimit, searchName, wordsOf } from '../common/search-text.ts';
import type { CommitQueue } from './commit-queue.ts';

export const SEARCH_VERSION = 1;
export const SEARCH_SCHEMA = `
CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(
  tenant UNINDEXED, document UNINDEXED, collection UNINDEXED, ordinal UNINDEXED, readers UNINDEXED, title, text,
  tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE IF NOT EXISTS places(
  tenant TEXT NOT NULL, document TEXT NOT NULL, ordinal INTEGER NOT NULL, passage INTEGER NOT NULL,
  PRIMARY KEY(tenant, document, ordinal)) WITHOUT ROWID;
`;

interface Found {
  readonly document: string;
  readonly collection: string;
  readonly title: string;
  readonly passage: number;
  readonly text: string;
}

export function localSearchIndex(db: Database, queue: CommitQueue): SearchIndex {
  const insert = db.prepare<unknown[]>(
    'INSERT INTO passages(tenant, document, collection, ordinal, readers, title, text) VALUES(?, ?, ?, ?, ?, ?, ?)',
  );
  const place = db.prepare<unknown[]>('INSERT INTO places(tenant, document, ordinal, passage) VALUES(?, ?, ?, ?)');
  const drop = db.prepare<[string, string]>(
    'DELETE FROM passages WHERE rowid IN (SELECT passage FROM places WHERE tenant = ? AND document = ?)',
  );
  const forget = db.prepare<[string, string]>('DELETE FROM places WHERE tenant = ? AND document = ?');
  const search = db.prepare<unknown[], Found>(
    `SELECT document, collection, title, CAST(ordinal AS INTEGER) AS passage, text FROM passages
     WHERE passages MATCH ? AND tenant = ?
       AND (? IS NULL OR collection IN (SELECT value FROM json_each(?)))
       AND EXISTS (SELECT 1 FROM json_each(readers) AS r WHERE r.value IN (SELECT value FROM json_each(?)))
     ORDER BY bm25(passages, 0, 0, 0, 0, 0, 4, 1), document, ordinal LIMIT ?`,
  );

  return {
    put(tenant, document, passages) {
      const { id, collection, title, readers } = document;
      searchName(id);
      searchName(collection);
      readers.forEach(searchName);
      return queue.run(() => {
        drop.run(tenant, id);
        forget.run(tenant, id);
        for (const [ordinal, text] of passages.entries()) {
          const { lastInsertRowid } = insert.run(tenant, id, collection, ordinal, JSON.stringify(readers), title, text);
          place.run(tenant, id, ordinal, lastInsertRowid);
        }
      });
    },

    remove(tenant, document) {
      return queue.run(() => {
        drop.run(tenant, document);
        forget.run(tenant, document);
      });
    },

    async search(tenant, { text, collections, as, limit }) {
      const words = wordsOf(text);
      if (words.length === 0 || as.length === 0) return [];
      as.forEach(searchName);
      const asked = words.map((word) => `"${word}"`).join(' OR ');
      const named = collections === null ? null : JSON.stringify(collections);
      return search.all(asked, tenant, named, named, JSON.stringify(as), searchLimit(limit));
    },
  };
}

/** Opened by the first question: most processes never search. */
export function lazySearchIndex(open: () => SearchIndex): SearchIndex {
  let opened: SearchIndex | null = null;
  const index = (): SearchIndex => (opened ??= open());
  return {
    put: async (tenant, document, passages, before) => index().put(tenant, document, passages, before),
    remove: async (tenant, document, count) => index().remove(tenant, document, count),
    search: async (tenant, asked) => index().search(tenant, asked),
  };
}
