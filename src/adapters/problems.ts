/** What `check` answers: every problem of a document at once, each with a pointer into it. Pure. */
import type { z } from 'zod';

export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

/** The issues of one schema below `place`; an unknown key gets a problem of its own. */
export function problemsOf(error: z.ZodError, place: string): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    const pointer = `${place}${issue.path.map((part) => `/${pointerPart(String(part))}`).join('')}`;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ pointer: `${pointer}/${pointerPart(key)}`, message: 'unknown key' }));
    return [{ pointer, message: issue.message }];
  });
}

export function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
