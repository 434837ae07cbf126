/** Calls the API and turns problem documents into errors that say what to do. */
import type { CliContext } from './context.ts';
import { CliError, type ExitName } from './errors.ts';

export interface Called<Body> {
  readonly status: number;
  readonly body: Body;
}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly next?: string;
  readonly errors?: readonly {
    readonly pointer: string;
    readonly code: string;
    readonly message: string;
    readonly suggestion?: string;
    readonly line?: number;
  }[];
}

export async function call<Body>(
  context: CliContext,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Called<Body>> {
  const authorization = await context.authorization();
  let response: Response;
  try {
    response = await fetch(`${context.url}${path}`, {
      method,
      headers: {
        ...(authorization ? { authorization } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new CliError(
      'unreachable',
      `Nothing answers at ${context.url}.`,
      'Start it with `npm start`, or name the address with --url.',
    );
  }
  const text = await response.text();
  const parsed = parse(text);
  if (response.ok) return { status: response.status, body: parsed as Body };
  const problem = (parsed ?? {}) as ProblemDocument;
  const lines = (problem.errors ?? []).map(
    (error) =>
      `\n  ${error.pointer || '/'}${error.line ? ` (line ${error.line})` : ''}: ${error.message} [${error.code}]${error.suggestion ? ` — ${error.suggestion}` : ''}`,
  );
  throw new CliError(
    exitOf(response.status),
    `${headline(problem, response.status)}${lines.join('')}`,
    problem.next ?? 'Look at the log of the host.',
    parsed,
  );
}

/** Title and detail in one line; a detail that only repeats its title is left out. */
function headline({ title, detail }: ProblemDocument, status: number): string {
  const words = title ?? `The service answered ${status}`;
  return detail === undefined || detail.replace(/\.$/, '') === words ? `${words}.` : `${words}: ${detail}`;
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
