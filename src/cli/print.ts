/** How the command line prints: tables and facts for people, one JSON document for machines. */
import { stdout } from 'node:process';

export function printJson(value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [header, ...rows]) {
    stdout.write(
      `${row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}

/** One line on the terminal that is written over while something is waited for; where nobody watches, a line for each change. */
export function progressLine(): { show(text: string): void; clear(): void } {
  const { stderr } = process;
  let shown = '';
  return {
    show(text) {
      if (text === shown) return;
      shown = text;
      // A line that wraps cannot be written over.
      const fitting = text.slice(0, Math.max(20, (stderr.columns || 80) - 1));
      stderr.write(stderr.isTTY ? `\r\u001b[2K${fitting}` : `${text}\n`);
    },
    clear() {
      if (stderr.isTTY && shown !== '') stderr.write('\r\u001b[2K');
    },
  };
}

export function ago(instant: string | null): string {
  return instant === null ? '' : `${span(Date.now() - Date.parse(instant))} ago`;
}

/** When something is due, and how long that is from now. */
export function due(instant: string): string {
  const ms = Date.parse(instant) - Date.now();
  const at = `${instant.slice(0, 16).replace('T', ' ')} UTC`;
  return ms < 0 ? `${at} (overdue)` : `${at} (in ${span(ms)})`;
}

/** A length of time for people, in the unit that says enough. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
