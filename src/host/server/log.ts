/**
 * The host's log: lines for a person or JSON for a machine, on stderr so that stdout stays free for programs. Only
 * names, ids, times and outcomes; never a payload, an error's text, or a URL. Quiet keeps warnings and errors.
 */
import type { FunctionInfo, HostLog } from '../contract.ts';
import type { InvocationObserver } from '../seam/invoker.ts';

export interface LogOptions {
  quiet: boolean;
  json: boolean;
  write?: ((line: string) => void) | undefined;
  now?: (() => Date) | undefined;
}

const rank = { trace: 0, debug: 1, information: 2, warning: 3, error: 4, critical: 5 } as const;
const marks = { trace: '·', debug: '·', information: ' ', warning: '!', error: '✗', critical: '✗' } as const;

export function createLog(options: LogOptions): HostLog {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const now = options.now ?? (() => new Date());
  const least = options.quiet ? rank.warning : rank.information;
  return (level, message, fields) => {
    if (rank[level] < least) return;
    if (options.json) {
      write(JSON.stringify({ time: now().toISOString(), level, message, ...fields }));
      return;
    }
    const from = typeof fields?.function === 'string' ? `${fields.function}: ` : '';
    const of = [fields?.name, fields?.instance].filter((part) => typeof part === 'string').join(' ');
    write(`${now().toISOString().slice(11, 23)} ${marks[level]} ${from}${message}${of && ` · ${of}`}`);
  };
}

/** A thrown value as a word: the class of the error and its code, nothing of its text. */
export function errorWord(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? `${error.name} ${code}` : error.name;
}

/** One line for each invocation that ended. */
export function invocationLines(log: HostLog, options: LogOptions): Pick<InvocationObserver, 'end'> {
  return {
    end(info: FunctionInfo, invocationId, startedAt, error, failed) {
      // An orchestrator fails by a result of its own; the hub reports that, with the instance.
      const own = info.trigger.type.toLowerCase() === 'orchestrationtrigger';
      if (options.quiet && (!failed || own)) return;
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      const outcome = failed ? `failed (${errorWord(error)})` : 'succeeded';
      const level = failed && !own ? 'error' : 'information';
      if (options.json)
        log(level, 'invocation', {
          function: info.name,
          invocationId,
          ms,
          outcome: failed ? 'failed' : 'succeeded',
          ...(failed && { error: errorWord(error) }),
        });
      else log(level, `${info.name} ${invocationId} ${ms} ms ${outcome}`);
    },
  };
}
