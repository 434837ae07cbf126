/**
 * Failures in the words of the real host. Apps match on the beginnings of these texts, so those are exact; behind them the
 * real host puts kilobytes of its own stack, ours nothing.
 */
import type { Failure, FailureDetails } from './records.ts';

export function failureOfActivity(name: string, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const described = describedFailure(message);
  const reason = `Activity function '${name}' failed:  ${described ? described.ErrorMessage : message}`;
  return { reason, details: '', ...(described ? { failureDetails: described } : {}) };
}

/** The worker was killed with this activity in hand. */
export function workerDied(name: string): Failure {
  return { reason: `Activity function '${name}' failed:  node exited with code 137 (0x89)`, details: '' };
}

export function orchestratorFailed(name: string, message: string): string {
  return `Orchestrator function '${name}' failed: ${message}`;
}

/** What the library's exception provider wrote into the message, in the wire's spelling. */
function describedFailure(message: string): FailureDetails | undefined {
  if (!message.startsWith('{"errorType":')) return undefined;
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(message) as Record<string, unknown>;
  } catch {
    return undefined; // a message that only looks like it
  }
  const { errorType, errorMessage, stackTrace, isNonRetriable, properties } = parsed;
  if (typeof errorType !== 'string' || typeof errorMessage !== 'string') return undefined;
  return {
    ErrorType: errorType,
    ErrorMessage: errorMessage,
    StackTrace: typeof stackTrace === 'string' ? stackTrace : null,
    IsNonRetriable: isNonRetriable === true,
    Properties: (properties as Record<string, unknown> | undefined) ?? null,
  };
}
