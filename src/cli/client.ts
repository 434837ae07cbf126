/** Calls the API and turns problem documents into errors that say what to do. */
import type { CliContext } from './context.ts';
import { CliError, type ExitName } from './errors.ts';
import { nextStep, problemText, type ProblemDocument } from './problem-text.ts';

export interface Called<Body> {
  readonly status: number;
  readonly body: Body;
}

/** `files` are the names of the texts in the body, for problems that are in one of them. */
export async function call<Body>(
  context: CliContext,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  files: readonly string[] = [],
): Promise<Called<Body>> {
  const authorization = await context.authorization();
  const response = await fetch(`${context.url}${path}`, {
    method,
    headers: {
      ...(authorization ? { authorization } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (response === null)
    throw new CliError(
      'unreachable',
      `Nothing answers at ${context.url}.`,
      'Start it with `npm start`, or name the address with --url or COUNTERSIGN_URL.',
    );
  const parsed = parse(await response.text());
  if (response.ok) return { status: response.status, body: parsed as Body };
  const { status } = response;
  const problem: ProblemDocument = typeof parsed === 'object' && parsed !== null ? parsed : {};
  throw new CliError(exitOf(status), problemText(problem, status, files), nextStep(problem, status, context), parsed);
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

function exitOf(status: number): ExitName {
  if (status === 401 || status === 403) return 'refused';
  if (status === 404 || status === 410) return 'missing';
  if (status === 409 || status === 412) return 'conflict';
  if (status >= 500) return 'unreachable';
  return status === 422 ? 'failed' : 'usage';
}
