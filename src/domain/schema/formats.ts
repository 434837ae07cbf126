/** The few formats of the subset, each decided in linear time. Unknown formats are refused before, by `subset.ts`. */
import { durationMs } from '../workflow/durations.ts';

const PATTERNS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  time: /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
};

export function fitsFormat(format: string, value: string): boolean {
  if (value.length > 2_000) return false;
  const pattern = PATTERNS[format];
  if (pattern !== undefined && !pattern.test(value)) return false;
  switch (format) {
    case 'date':
      return realDate(value);
    case 'date-time':
      return realDate(value.slice(0, 10)) && !Number.isNaN(Date.parse(value));
    case 'email':
      return isEmail(value);
    case 'uri':
      return URL.canParse(value);
    case 'duration':
      return durationMs(value) !== null;
    default:
      return true;
  }
}

function realDate(value: string): boolean {
  const at = new Date(`${value}T00:00:00.000Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

function isEmail(value: string): boolean {
  const [local, domain, ...more] = value.split('@');
  if (local === undefined || domain === undefined || more.length > 0) return false;
  return local.length > 0 && local.length <= 64 && !/\s/.test(value) && /^[^.].*\.[^.]+$/.test(domain);
}
