/** How an evaluation fails when it fails as expected. Apart, because engine, limits and worker all speak of it. */

export type FailureCode = 'CONDITION_ERROR' | 'EXPRESSION_UNDEFINED' | 'EXPRESSION_ERROR' | 'EXPRESSION_TOO_LARGE';

/** An expected failure of an expression. */
export class ExpressionFailure extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.name = 'ExpressionFailure';
    this.code = code;
  }
}
