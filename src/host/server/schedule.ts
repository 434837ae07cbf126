/**
 * Timer schedules as Azure reads them: NCRONTAB with six fields (five are allowed, seconds are 0 then) or a time
 * span `hh:mm:ss`. What NCRONTAB does not know (`L`, `W`, `#`, `?`, `@daily`, a year) is refused, because Azure
 * would refuse it. Day of month and day of week must both match.
 */
import { Cron } from 'croner';

export interface Schedule {
  /** The first instant after `after`; `undefined` when there is none. */
  next(after: Date): Date | undefined;
  /** True when no two occurrences are a minute or more apart at first sight; Azure keeps no status for these. */
  frequent: boolean;
}

const names = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT';
const field = new RegExp(`^(?:\\d|[*,/-]|${names})+$`, 'i');

/** Throws an `Error` that says what is wrong with the text. */
export function parseSchedule(text: string, timezone = process.env.WEBSITE_TIME_ZONE ?? 'UTC'): Schedule {
  const span = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text.trim());
  if (span) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = span.slice(1).map((part) => Number(part ?? 0));
    const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
    if (ms <= 0) throw new Error('a time span must be longer than nothing');
    return { next: (after) => new Date(after.getTime() + ms), frequent: ms < 60_000 };
  }
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6)
    throw new Error('six fields are needed: {second} {minute} {hour} {day} {month} {day of week}');
  const odd = fields.find((part) => !field.test(part));
  if (odd !== undefined) throw new Error(`"${odd}" is not understood on Azure`);
  const cron = new Cron((fields.length === 5 ? ['0', ...fields] : fields).join(' '), {
    paused: true,
    timezone,
    domAndDow: true,
    mode: '6-part',
  });
  const first = cron.nextRun(new Date(0));
  const second = first && cron.nextRun(first);
  return {
    next: (after) => cron.nextRun(after) ?? undefined,
    frequent: Boolean(first && second && second.getTime() - first.getTime() < 60_000),
  };
}
