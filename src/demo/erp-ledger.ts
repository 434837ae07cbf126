/**
 * The ERP's books: one line of a file per accepted request, on disk before it is answered. A line holds the whole request
 * under its idempotency key, so a restart finds every entry and every first answer again.
 *
 * 1. A line is complete or it does not count: a torn last line is cut off on opening.
 * 2. A key is accepted once; entry ids are never given twice.
 */
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';

export interface Posting {
  readonly key: string;
  readonly collection: string;
  readonly digest: string;
  readonly at: string;
  readonly entries: readonly LedgerEntry[];
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

export type LedgerEntry = { readonly entryId: string } & Readonly<Record<string, unknown>>;

export interface Ledger {
  find(key: string): Posting | null;
  entries(collection: string): readonly LedgerEntry[];
  postings(): readonly Posting[];
  nextId(): number;
  /** Resolves when the posting is on disk. */
  append(posting: Posting): Promise<void>;
  close(): Promise<void>;
}

export async function openLedger(file: string): Promise<Ledger> {
  const postings = await load(file);
  const byKey = new Map(postings.map((posting) => [posting.key, posting]));
  let ids = postings.reduce((sum, posting) => sum + posting.entries.length, 0);
  const handle: FileHandle = await open(file, 'a', 0o600);
  let writing: Promise<void> = Promise.resolve();
  return {
    find: (key) => byKey.get(key) ?? null,
    entries: (collection) =>
      postings.filter((posting) => posting.collection === collection).flatMap((posting) => posting.entries),
    postings: () => postings,
    nextId: () => (ids += 1),
    append(posting) {
      const write = async (): Promise<void> => {
        await handle.write(`${JSON.stringify(posting)}\n`);
        await handle.datasync();
        postings.push(posting);
        byKey.set(posting.key, posting);
      };
      const done = writing.then(write);
      writing = done.catch(() => undefined);
      return done;
    },
    async close() {
      await writing;
      await handle.close();
    },
  };
}

async function load(file: string): Promise<Posting[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Posting);
}
