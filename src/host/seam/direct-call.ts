/**
 * The short way of a call in direct mode. The library's invocation model converts wire values, which direct mode has
 * none of, and costs more than a small activity does. What the function sees is the same: a context of the library's
 * own class (its constructor is public, for tests of apps), learnt from a call that went the long way. A context class
 * that does not behave as expected leaves the long way in place. Calls with hooks or client bindings never come here.
 */
import { format } from 'node:util';
import type { Invocation } from '../contract.ts';
import type { FunctionCallback, LogCategory, LogLevel } from './core-types.ts';

type Logger = (level: LogLevel, category: LogCategory, message: string) => void;

interface ContextInit {
  invocationId: string;
  functionName: string;
  options: unknown;
  triggerMetadata: object;
  retryContext?: unknown;
  traceContext?: unknown;
  logHandler(level: LogLevel, ...args: unknown[]): void;
}

type ContextClass = new (init: ContextInit) => {
  invocationId?: unknown;
  functionName?: unknown;
  options?: { trigger?: { name?: unknown } };
};

export interface DirectCall {
  (callback: FunctionCallback, invocationId: string, invocation: Invocation, log: () => Logger): Promise<unknown>;
}

/** Learns from a context that the library made for this function; `undefined` when it cannot be made alike. */
export function learnDirectCall(functionName: string, example: unknown): DirectCall | undefined {
  if (typeof example !== 'object' || example === null) return undefined;
  const Context = Object.getPrototypeOf(example).constructor as ContextClass;
  const { options } = example as { options: { trigger?: { name?: unknown } } };
  const probe = new Context({
    invocationId: 'probe',
    functionName,
    options,
    triggerMetadata: {},
    logHandler: () => undefined,
  });
  const alike =
    probe.invocationId === 'probe' &&
    probe.functionName === functionName &&
    probe.options?.trigger?.name === options?.trigger?.name;
  if (!alike) return undefined;
  return async (callback, invocationId, invocation, log) => {
    let done = false;
    const context = new Context({
      invocationId,
      functionName,
      options,
      triggerMetadata: {},
      ...(invocation.retryContext && { retryContext: invocation.retryContext }),
      ...(invocation.traceContext && { traceContext: invocation.traceContext }),
      logHandler(level, ...args) {
        if (done)
          log()('warning', 'system', `"log" was called after the end of the function; something is not awaited.`);
        log()(level, 'user', format(...args));
      },
    });
    try {
      return await callback(invocation.direct?.input, context);
    } finally {
      done = true;
    }
  };
}
