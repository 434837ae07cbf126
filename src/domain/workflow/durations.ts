/** ISO 8601 durations of fixed length (weeks, days, hours, minutes, seconds) ↔ milliseconds. No months, no years. */

const PATTERN = /^P(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,11}(?:\.\d{1,3})?)S)?)?$/;
const UNITS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000] as const;
const MAX_MS = 3_660 * 86_400_000;

/** Milliseconds, or null when the text is no duration between 1 ms and about ten years. A number is milliseconds. */
export function durationMs(value: string | number): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value <= MAX_MS ? value : null;
  if (value.length > 40 || value === 'P' || value.endsWith('T')) return null;
  const match = PATTERN.exec(value);
  if (match === null) return null;
  const total = UNITS.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unit, 0);
  return total > 0 && total <= MAX_MS ? Math.round(total) : null;
}
