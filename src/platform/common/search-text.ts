/** What both search indexes accept: names that need no quoting, and the words of a question without any operator. */

const NAME = /^[A-Za-z0-9_~.:-]{1,200}$/;

/** Ids, collections, readers: anything else is refused, so that nothing of a caller can become part of a filter. */
export function searchName(text: string): string {
  if (!NAME.test(text)) throw new TypeError('a name in an index may hold letters, digits, "_", "~", ".", ":" and "-"');
  return text;
}

const MOST_WORDS = 32;

/** Words only: quotes, operators and wildcards of either search language have no meaning here. */
export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].slice(0, MOST_WORDS).map(([word]) => word.toLowerCase());
}

export const searchLimit = (limit: number): number => Math.min(50, Math.max(1, Math.trunc(limit)));
