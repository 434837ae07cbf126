/**
 * What validation says about a document: a closed code, the place, and what to do. All problems are collected before
 * any is reported. Apart, because parsing, shape, meaning and the HTTP answer all speak in it.
 */

/** Codes of meaning are LANGUAGE §2's list; the first four are about the text and shape before meaning can be asked for. */
export const VALIDATION_CODES = [
  'SYNTAX',
  'MISSING_KEY',
  'INVALID_VALUE',
  'NOT_ALLOWED',
  'EMPTY',
  'DUPLICATE_ID',
  'NAME_CLASH',
  'KIND_NONE',
  'KIND_MANY',
  'UNKNOWN_KEY',
  'UNKNOWN_STEP',
  'SELF_DEPENDENCY',
  'CYCLE',
  'SELF_WORKFLOW',
  'DEPTH',
  'NOT_UPSTREAM',
  'DYNAMIC_REFERENCE',
  'EXPRESSION_SYNTAX',
  'EXPRESSION_FORBIDDEN',
  'NOT_BOOLEAN',
  'UNKNOWN_CONNECTOR',
  'UNKNOWN_RESOURCE',
  'READ_WRITE_MISMATCH',
  'UNKNOWN_OBJECT',
  'UNKNOWN_POLICY',
  'UNGOVERNED_WRITE',
  'GOVERNED_LATE_INPUT',
  'GATE_BRANCH',
  'UNREACHABLE',
  'ORDER_MIXED',
  'SECRET_IN_TEXT',
  'TOO_LARGE',
  'NOT_YET',
] as const;

export type ValidationCode = (typeof VALIDATION_CODES)[number];

export interface Problem {
  readonly code: ValidationCode;
  /** JSON pointer into the document; empty for the whole. */
  readonly pointer: string;
  readonly message: string;
  /** What to write instead, when that is known. */
  readonly suggestion: string | null;
  /** One-based; null when the document did not come as text. */
  readonly line: number | null;
  readonly column: number | null;
  /** `Kind id` of the document in a set, or `document n` before its kind is known. */
  readonly document: string | null;
  /** Which of the texts given it stands in, one-based; null when the document did not come as text. */
  readonly text: number | null;
}

export function problem(
  code: ValidationCode,
  pointer: string,
  message: string,
  suggestion: string | null = null,
): Problem {
  return { code, pointer, message, suggestion, line: null, column: null, document: null, text: null };
}

/** JSON pointer of a path (RFC 6901). */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The known word nearest to a mistyped one, or null when none is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  const wanted = word.toLowerCase();
  for (const candidate of known) {
    const distance = candidate.toLowerCase() === wanted ? 0 : editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

export function didYouMean(word: string, known: readonly string[]): string | null {
  const near = nearest(word, known);
  return near === null ? null : `Did you mean \`${near}\`?`;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8 || a.length > 80 || b.length > 80) return 99;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 99;
}
