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
  /** Values that may stand in a header, others percent-encoded. */
  headerParts(place: Place): readonly string[];
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
    parts(place, most) {
      const parts: string[] = [];
      for (const value of valuesAt(place)) {
        const last = parts.at(-1);
        if (last !== undefined && last.length + value.length + 3 <= most)
          parts[parts.length - 1] = `${last} | ${value}`;
        else parts.push(value);
      }
      return parts;
    },
    fields: (place) => ({
      mark: mark.get(place) ?? '',
      ...Object.fromEntries(kinds.map(({ kind, value }) => [kind, value])),
    }),
    headerParts: (place) =>
      valuesAt(place).map((value) => (/^[\x21-\x7e][\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value))),
  };
}
