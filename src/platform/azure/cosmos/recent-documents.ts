/**
 * Results that this instance has just written, so that the next step of the same lane need not read what it was given. Only
 * kinds whose documents never change under one id; only ciphertext, as stored. Bounded by size; oldest leave first.
 */
import type { RunScope } from '../../../domain/ids.ts';
import type { RunDocument } from '../../../domain/run/documents.ts';

const MOST_CHARACTERS = 16 * 1024 * 1024;
const WRITTEN_ONCE: ReadonlySet<RunDocument['kind']> = new Set(['result', 'input']);

const keyOf = (scope: RunScope, id: string): string => `${scope.tenant}\n${scope.run}\n${id}`;
const sizeOf = (document: RunDocument): number =>
  document.kind === 'result'
    ? document.value.length
    : document.kind === 'input'
      ? document.input.length + document.vars.length
      : 0;

export class RecentDocuments {
  readonly #kept = new Map<string, RunDocument>();
  #size = 0;

  /** What a commit wrote and removed, after it is durable. */
  remember(scope: RunScope, put: readonly RunDocument[], remove: readonly string[]): void {
    for (const id of remove) this.#drop(keyOf(scope, id));
    for (const document of put) {
      if (!WRITTEN_ONCE.has(document.kind)) continue;
      const key = keyOf(scope, document.id);
      this.#drop(key);
      this.#kept.set(key, Object.freeze(document));
      this.#size += sizeOf(document);
    }
    for (const key of this.#kept.keys()) {
      if (this.#size <= MOST_CHARACTERS) break;
      this.#drop(key);
    }
  }

  get(scope: RunScope, id: string): RunDocument | undefined {
    return this.#kept.get(keyOf(scope, id));
  }

  #drop(key: string): void {
    const found = this.#kept.get(key);
    if (found === undefined) return;
    this.#kept.delete(key);
    this.#size -= sizeOf(found);
  }
}
