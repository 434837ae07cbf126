/**
 * What is planted where: the 30 kinds at every place, and a mark of the place's own beside them, so that a negative control
 * can tell which places it has seen.
 */
import { makeCanaries, type Canary } from '../../support/canary.ts';
import { seeded } from '../../support/seeded.ts';

/** Places whose text the system keeps, sealed. */
export const KEPT = [
  'input',
  'answer',
  'error-body',
  'write-answer',
  'command-answer',
  'fact',
  'comment-api',
  'comment-link',
  'values-api',
  'values-link',
  'artifact',
  'artifact-name',
  'reason-pause',
  'reason-resume',
  'reason-cancel',
  'reason-terminate',
  'reason-retry-step',
  'reason-retry',
  'reason-effect',
  'reveal-reason',
  'read-reason',
  'secret',
] as const;
/** Places whose text is looked at, or refused, and then dropped. */
export const DROPPED = [
  'garbage-body',
  'busy-body',
  'answer-member',
  'answer-header',
  'redirect',
  'idempotency-key',
  'business-key',
  'query',
  'path',
  'request-header',
  'trace-header',
  'bad-body',
  'bad-key',
  'bearer',
  'form',
  'values-refused',
] as const;
export type Place = (typeof KEPT)[number] | (typeof DROPPED)[number];

export interface Plants {
  readonly canaries: readonly Canary[];
  /** All kinds and the place's mark in one text. */
  text(place: Place): string;
  /** The same, cut between values so that no part is longer. */
  parts(place: Place, most: number): readonly string[];
  fields(place: Place): Record<string, string>;
  /** Values that may stand in a header, others percent-encoded; several in one part as long as it is not longer than `most`. */
  headerParts(place: Place, most?: number): readonly string[];
}

export function makePlants(seed: number): Plants {
  const kinds = makeCanaries(seed);
  const random = seeded(seed ^ 0x5eed);
  const mark = new Map<Place, string>(
    [...KEPT, ...DROPPED].map((place) => [
      place,
      `mark${Array.from({ length: 20 }, () => random.pick([...'bcdfghjklmnpqrstvwxz'])).join('')}`,
    ]),
  );
  const valuesAt = (place: Place): string[] => [mark.get(place) ?? '', ...kinds.map(({ value }) => value)];
  return {
    canaries: [...kinds, ...[...mark].map(([place, value]) => ({ kind: `at ${place}`, value }))],
    text: (place) => valuesAt(place).join(' | '),
    parts: (place, most) => joined(valuesAt(place), ' | ', most),
    fields: (place) => ({
      mark: mark.get(place) ?? '',
      ...Object.fromEntries(kinds.map(({ kind, value }) => [kind, value])),
    }),
    headerParts: (place, most = 0) => joined(valuesAt(place).map(inHeader), ';', most),
  };
}

const inHeader = (value: string): string =>
  /^[\x21-\x7e][\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value);

/** As many values in one text as fit into `most`; one that is longer stands alone. */
function joined(values: readonly string[], between: string, most: number): readonly string[] {
  const texts: string[] = [];
  for (const value of values) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + between.length + value.length <= most)
      texts[texts.length - 1] = `${last}${between}${value}`;
    else texts.push(value);
  }
  return texts;
}
