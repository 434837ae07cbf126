/** Errors of the API: RFC 9457 problem documents with a closed `code`, every field error, and what to do next. */

export interface ProblemRule {
  readonly status: number;
  readonly title: string;
  readonly next: string;
}

export const PROBLEMS = {
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    next: 'Send at most 1 MB; larger data belongs into an artifact.',
  },
  LENGTH_REQUIRED: {
    status: 411,
    title: 'The length of the body is not told',
    next: 'Send `Content-Length` instead of a chunked body.',
  },
  BODY_NOT_JSON: {
    status: 400,
    title: 'The body cannot be read',
    next: 'Send one JSON document in UTF-8, without duplicate keys.',
  },
  CONTENT_TYPE: {
    status: 415,
    title: 'The content type is not accepted',
    next: 'Send `Content-Type: application/json`.',
  },
  INVALID_REQUEST: { status: 400, title: 'The request is not valid', next: 'Correct the fields listed in `errors`.' },
  INVALID_INPUT: {
    status: 422,
    title: 'The input does not fit the workflow',
    next: 'Correct the fields listed in `errors`.',
  },
  INVALID_VALUES: {
    status: 422,
    title: 'The values do not fit the form',
    next: 'Correct the fields listed in `errors`; what is asked stands in `form` of the approval.',
  },
  INVALID_DEFINITION: {
    status: 422,
    title: 'The definition is not valid',
    next: 'Correct the problems listed in `errors`, then apply again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'No valid token',
    next: 'Send `Authorization: Bearer <token>` of a trusted issuer.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'Not allowed',
    next: 'Ask an administrator for a role that has the permission named in `detail`.',
  },
  NOT_ELIGIBLE: {
    status: 403,
    title: 'You may not decide this',
    next: 'Only the people named by the policy may decide, and nobody who is involved.',
  },
  NOT_FOUND: { status: 404, title: 'Not found', next: 'Check the id; ids of other tenants are unknown here.' },
  CONFLICT: { status: 409, title: 'The state does not allow this', next: 'Read the current state, then decide again.' },
  ALREADY_DECIDED: { status: 409, title: 'Already decided', next: 'The standing decision is in `standing`.' },
  CONTENT_CHANGED: {
    status: 409,
    title: 'The content has changed',
    next: 'Read the request again; what you saw is no longer what would be written.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 409,
    title: 'The idempotency key was used with another body',
    next: 'Use a new key for a new request.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    title: 'Someone else has changed it',
    next: 'Read it again and repeat with the new `ETag`.',
  },
  GONE: { status: 410, title: 'Erased', next: 'The key is destroyed; only the audit remains.' },
  UNAVAILABLE: {
    status: 503,
    title: 'A dependency does not answer',
    next: 'Nothing was lost: repeat the request in a few seconds with the same idempotency key.',
  },
  INTERNAL: { status: 500, title: 'A fault of Countersign', next: 'Report the `errorId`.' },
} as const satisfies Record<string, ProblemRule>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** JSON pointer into the body, or into the document that is named; `path/…`, `query/…`, `header/…` for what is not in the body. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly suggestion?: string;
  /** Of definitions: which document, in which of the texts (one-based), and where in it. */
  readonly document?: string;
  readonly text?: number;
  readonly line?: number;
  readonly column?: number;
}

/** Thrown by use cases and handlers; the edge turns it into the answer. Detail names ids and codes, never values. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(
    code: ProblemCode,
    detail: string,
    errors: readonly FieldError[] = [],
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
    this.name = 'Problem';
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.extra = extra;
  }
}

/** Body of the answer, `application/problem+json`. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const rule = PROBLEMS[problem.code];
  return {
    type: `https://countersign.dev/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: rule.title,
    status: rule.status,
    code: problem.code,
    detail: problem.detail,
    next: rule.next,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
    ...problem.extra,
  };
}
