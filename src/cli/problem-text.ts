/** How a problem document of the API reads on a terminal: what is wrong, where, and what to do next. */
import type { FieldError } from '../contract/problems.ts';
import { readAccounts } from '../host/front/development-issuer.ts';
import type { CliContext } from './context.ts';

export interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly next?: string;
  readonly errorId?: string;
  readonly roles?: readonly string[];
  readonly errors?: readonly FieldError[];
}

/** Title, detail and every field error. `files` are the texts that were sent, in order. */
export function problemText(problem: ProblemDocument, status: number, files: readonly string[] = []): string {
  const lines = errorLines(problem.errors ?? [], files).map((line) => `\n  ${line}`);
  const id = problem.errorId === undefined ? '' : ` (errorId ${problem.errorId})`;
  return `${headline(problem, status)}${id}${lines.join('')}`;
}

/** `file:line pointer: what is wrong — what to write instead [CODE]`, by file and line. */
export function errorLines(errors: readonly FieldError[], files: readonly string[] = []): string[] {
  const placed = errors.toSorted((a, b) => (a.text ?? 0) - (b.text ?? 0) || (a.line ?? 0) - (b.line ?? 0));
  return placed.map(({ pointer, code, message, suggestion, document, text, line }) => {
    const file = text === undefined ? undefined : files[text - 1];
    const where = file === undefined ? [document] : [line === undefined ? file : `${file}:${line}`];
    const place = [...where, pointer].filter((part) => part !== undefined && part !== '').join(' ');
    return `${place === '' ? 'the body' : place}: ${message}${suggestion === undefined ? '' : ` — ${suggestion}`} [${code}]`;
  });
}

/** Title and detail in one line; a detail that only repeats its title is left out. */
function headline({ title, detail }: ProblemDocument, status: number): string {
  const words = title ?? `The service answered ${status}`;
  return detail === undefined || detail.replace(/\.$/, '') === words ? `${words}.` : `${words}: ${detail}`;
}

/** What to do next, in the words of this command line where it knows more than the service. */
export function nextStep(problem: ProblemDocument, status: number, context: CliContext): string {
  if (status === 401 && context.tokenGiven)
    return 'Is the token of --token or COUNTERSIGN_TOKEN for this service, and still valid?';
  if (status === 401)
    return `Does the host at ${context.url} use the data folder ${context.data}? Name it with --data.`;
  if (status === 403 && !context.tokenGiven && problem.roles !== undefined) {
    const able = readAccounts(context.data).accounts.filter(({ roles }) =>
      roles.some((role) => problem.roles?.includes(role)),
    );
    if (able.length > 0) return `Act as somebody who may: ${able.map(({ id }) => `--as ${id}`).join(' or ')}.`;
  }
  if (status !== 403 && problem.errors !== undefined && problem.errors.length > 0)
    return 'Correct this, then try again.';
  return problem.next ?? 'Look at the log of the host.';
}
