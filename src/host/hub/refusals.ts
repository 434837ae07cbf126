/**
 * Everything the hub refuses, as closed codes with one message each. Most of it would hang for ever on Azure, without an
 * error; here it fails at once, so that what succeeds here succeeds there. REFUSALS.md explains each code.
 */

export const REFUSALS = {
  REUSED_TASK:
    'A task was put into a second Task.any or Task.all ({0}). The SDK numbers it once, the real host twice: on Azure the orchestration then hangs.',
  NUMERIC_EVENT_NAME: 'The event name "{0}" is a number. The SDK would take the event for the completion of task {0}.',
  EMPTY_ERROR: 'The orchestrator threw an error without a message. On Azure the instance would stay Running for ever.',
  UNKNOWN_ACTIVITY: 'The activity "{0}" is not registered. On Azure the instance would stay Running for ever.',
  UNKNOWN_ORCHESTRATOR:
    'The sub-orchestrator "{0}" is not registered. On Azure the parent would stay Running for ever.',
  UNKNOWN_ENTITY: 'The entity "{0}" is not registered. On Azure its caller would wait for ever.',
  BAD_INSTANCE_ID:
    'The instance id "{0}" holds one of # ? / \\ or a control character, begins with @ or is longer than 260 characters.',
  BOOLEAN_INPUT:
    'The input of activity "{0}" is a bare boolean. On Azure it arrives as the text "True" or "False"; put it into an object.',
  NOT_A_TASK: 'The orchestrator yielded something that is not a task.',
  NON_DETERMINISTIC:
    "Non-Deterministic workflow detected: an earlier execution of this orchestration asked for '{0}' as action {1}, the present replay asked for '{2}'.",
  ASYNC_ORCHESTRATOR: 'The orchestrator is not a generator function (an async function, perhaps).',
  ENDLESS_LOOP: 'The {0} "{1}" never gave the processor back; the process had to be killed.',
  NO_IDENTITY:
    'callHttp asks for a token of {0}. There is no managed identity here; call the service from an activity, which can use another credential.',
  PAYLOAD_TOO_LARGE: '{0} is {1} bytes long; the limit is {2}.',
  CUSTOM_STATUS_TOO_LARGE: 'The custom status is {0} bytes long; the limit is 16384.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** The platform's limit for one message. */
export const MAX_PAYLOAD = 1_048_576;

export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, ...values: (string | number)[]) {
    super(refusalText(code, ...values));
    this.name = 'Refusal';
    this.code = code;
  }
}

export function refusalText(code: RefusalCode, ...values: (string | number)[]): string {
  const text = REFUSALS[code].replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
  return `${text} (${code})`;
}
