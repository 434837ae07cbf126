/** Exit codes of the command line, and the error that carries one. */

export const EXIT = {
  failed: { code: 1, meaning: 'the run failed, or documents or input have problems' },
  usage: { code: 2, meaning: 'the command was called wrongly' },
  unreachable: { code: 3, meaning: 'the service does not answer' },
  refused: { code: 4, meaning: 'no valid token, or no permission' },
  missing: { code: 5, meaning: 'there is no such thing' },
  conflict: { code: 6, meaning: 'the state does not allow it (already decided, changed, ended)' },
} as const;
export type ExitName = keyof typeof EXIT;

/** Shown as one line saying what is wrong and one saying what to do; never with a stack. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly next: string;
  readonly body: unknown;
  constructor(exit: ExitName, message: string, next: string, body: unknown = null) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
    this.next = next;
    this.body = body;
  }
}

export const EXIT_HELP = `Exit codes: 0 done; ${Object.values(EXIT)
  .map(({ code, meaning }) => `${code} ${meaning}`)
  .join('; ')}. \`start\` and \`host\` have their own, see their help.`;
