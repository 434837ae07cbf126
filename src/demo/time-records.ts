/**
 * The time records of the demo: 72 workers book a working week on 48 projects, in quarters of an hour. Any week of 2025 to
 * 2027 gives the same 1,200 and more records every time; in weeks 52 and 53 nobody works.
 */
import { seededRandom } from './random.ts';

export interface TimeRecord {
  readonly id: string;
  readonly week: string;
  readonly date: string;
  readonly workerId: string;
  readonly projectCode: string;
  readonly task: string;
  readonly hours: number;
  readonly rateCents: number;
  readonly overtime: boolean;
  readonly approvedBy: string;
}

export interface Project {
  readonly code: string;
  readonly name: string;
  readonly customer: string;
  readonly costCentre: string;
}

const PLACES = ['Aspern', 'Brno', 'Celje', 'Dresden', 'Eger', 'Freilassing', 'Graz', 'Hallein'];
const KINDS = ['substation', 'fibre ring', 'pump house', 'solar field', 'switch yard', 'tram depot'];
const TASKS = ['Installation', 'Cabling', 'Commissioning', 'Inspection', 'Fault repair', 'Site set-up', 'Travel'];
const DAY_MS = 86_400_000;

export const PROJECTS: readonly Project[] = KINDS.flatMap((kind, k) =>
  PLACES.map((place, p) => ({
    code: `PRJ-${1_001 + k * PLACES.length + p}`,
    name: `${place} ${kind}`,
    customer: `C-${200 + ((k * 5 + p * 3) % 17)}`,
    costCentre: `CC-${40 + k}`,
  })),
);

const WORKERS: readonly { readonly id: string; readonly rateCents: number }[] = Array.from(
  { length: 72 },
  (_, index) => ({ id: `W-${String(index + 1).padStart(3, '0')}`, rateCents: 4_200 + ((index * 37) % 24) * 175 }),
);

/** Empty for a week in which nobody worked; null when the text is no week that exists. */
export function timeRecordsOf(week: string): readonly TimeRecord[] | null {
  const monday = mondayOf(week);
  if (monday === null) return null;
  const [year, number] = week.split('-W').map(Number) as [number, number];
  if (year < 2025 || year > 2027 || number >= 52) return [];
  const random = seededRandom(`time-records ${week}`);
  const records: TimeRecord[] = [];
  for (const worker of WORKERS) {
    if (random.below(100) < 4) continue;
    const mine = [random.pick(PROJECTS), random.pick(PROJECTS), random.pick(PROJECTS)];
    for (let day = 0; day < 5; day += 1) {
      const bookings = 3 + random.below(3);
      for (let booking = 0; booking < bookings; booking += 1) {
        const overtime = booking === 4 && random.below(3) === 0;
        records.push({
          id: `TR-${week.replace('-', '')}-${String(records.length + 1).padStart(5, '0')}`,
          week,
          date: new Date(monday + day * DAY_MS).toISOString().slice(0, 10),
          workerId: worker.id,
          projectCode: random.pick(mine).code,
          task: random.pick(TASKS),
          hours: (3 + random.below(7)) / 4,
          rateCents: overtime ? Math.round(worker.rateCents * 1.5) : worker.rateCents,
          overtime,
          approvedBy: `F-${1 + (random.below(9) % 6)}`,
        });
      }
    }
  }
  return records;
}

/** ISO 8601 week → its Monday in UTC milliseconds; null when the year has no such week. */
export function mondayOf(week: string): number | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(week);
  if (match === null) return null;
  const [year, number] = [Number(match[1]), Number(match[2])];
  const fourth = Date.UTC(year, 0, 4);
  const first = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
  const monday = first + (number - 1) * 7 * DAY_MS;
  const thursdayYear = new Date(monday + 3 * DAY_MS).getUTCFullYear();
  return number >= 1 && thursdayYear === year ? monday : null;
}
