/**
 * The closed list of reasons for which the host does not run an app, and the exit code of each. A refusal is one
 * line for a person: what, where, what to do. It never carries a stack of the host. `REFUSALS.md` explains every code.
 */

/** Exit code by refusal code: 2 usage, 3 the app, 4 the address, 5 the data folder. 1 is left for crashes. */
export const refusalExitCodes = {
  USAGE: 2,
  APP_NOT_FOUND: 3,
  HOST_JSON_INVALID: 3,
  SETTINGS_INVALID: 3,
  EXTENDED_SESSIONS: 3,
  APP_LOAD_FAILED: 3,
  NO_FUNCTIONS: 3,
  FUNCTION_NAME_INVALID: 3,
  FUNCTION_DUPLICATE: 3,
  LIBRARY_COPIES: 3,
  TRIGGER_UNSUPPORTED: 3,
  BINDING_UNSUPPORTED: 3,
  SCHEDULE_INVALID: 3,
  ROUTE_INVALID: 3,
  ROUTE_CONFLICT: 3,
  APP_SETTING_MISSING: 3,
  FRONT_INVALID: 3,
  PORT_TAKEN: 4,
  DATA_FOLDER: 5,
} as const;

export type RefusalCode = keyof typeof refusalExitCodes;

export interface Problem {
  code: RefusalCode;
  message: string;
}

/** Thrown while starting, with every problem found at once. */
export class Refusal extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ code, message }) => `${code}: ${message}`).join('\n'));
    this.name = 'Refusal';
    this.problems = problems;
  }

  get exitCode(): number {
    const first = this.problems[0];
    return first ? refusalExitCodes[first.code] : 1;
  }
}

export function refusal(code: RefusalCode, message: string): Refusal {
  return new Refusal([{ code, message }]);
}

/** First line of an error's text with the class name, for refusals that quote the app. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n', 1)[0] ?? '').slice(0, 300);
}
