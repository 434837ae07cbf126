/**
 * A route as data: what it takes, who may call it, what it answers. The HTTP functions, the OpenAPI document and the
 * generated permission matrix are all made from these; nothing about the API is written down twice.
 */
import type { z } from 'zod';
import type { Permission } from './permissions.ts';
import type { ProblemCode } from './problems.ts';

export interface Route {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/`, parameters as `{name}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** `anonymous` answers without a token; `any` wants a valid token and no particular permission. */
  readonly permission: Permission | 'anonymous' | 'any';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Also accepted instead of JSON: the handler gets the text or bytes as they are. */
  readonly rawBody?: readonly string[];
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: z.ZodType; readonly contentType?: string }>
  >;
  readonly problems?: readonly ProblemCode[];
  /** Takes `Idempotency-Key`: every POST that creates something. */
  readonly idempotent?: boolean;
  /** Goes on with the caller's `traceparent`. */
  readonly traced?: boolean;
  /** Answers with an `ETag`; with PUT and DELETE takes `If-Match`. */
  readonly etag?: boolean;
}

/** Keeps the literal types of a route, so that its handler is typed by it. */
export function route<const R extends Route>(declared: R): R {
  return declared;
}

export type ParamsOf<R extends Route> = R['params'] extends z.ZodObject ? z.output<R['params']> : Record<string, never>;
export type QueryOf<R extends Route> = R['query'] extends z.ZodObject ? z.output<R['query']> : Record<string, never>;
export type BodyOf<R extends Route> = R['body'] extends z.ZodType ? z.output<R['body']> : undefined;
