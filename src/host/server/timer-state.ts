/**
 * What the host remembers of its timers over a restart: when each last ran and should run next, so that a run
 * that was missed is made up for and marked as past due. A small file, replaced whole.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TimerStatus {
  last: string;
  lastUpdated: string;
  next: string;
}

export interface TimerStateFile {
  get(name: string): TimerStatus | undefined;
  set(name: string, status: TimerStatus): void;
}

export function openTimerState(data: string): TimerStateFile {
  const file = join(data, 'timers.json');
  const known = new Map<string, TimerStatus>();
  if (existsSync(file)) {
    try {
      for (const [name, status] of Object.entries(
        JSON.parse(readFileSync(file, 'utf8')) as Record<string, TimerStatus>,
      ))
        known.set(name, status);
    } catch {
      // A file that cannot be read only costs the memory of missed runs; it is written anew at the next one.
      known.clear();
    }
  }
  return {
    get: (name) => known.get(name),
    set(name, status) {
      known.set(name, status);
      const next = `${file}.new`;
      writeFileSync(next, JSON.stringify(Object.fromEntries(known)), { mode: 0o600 });
      renameSync(next, file);
    },
  };
}
