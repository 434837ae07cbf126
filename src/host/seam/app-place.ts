/** Where in an app's own files an error arose: one `file:line` instead of a stack. */
import { relative } from 'node:path';

/** ` (file:line)` of the first stack frame inside `root` and outside packages; empty when there is none. */
export function appPlace(root: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const found = /(?:file:\/\/)?(\/[^():?]+|[A-Za-z]:[^():?]+)(?:\?load=\d+)?:(\d+)(?::\d+)?\)?$/.exec(line);
    if (found?.[1]?.startsWith(root) && !found[1].includes('node_modules'))
      return ` (${relative(root, found[1])}:${found[2]})`;
  }
  return '';
}
