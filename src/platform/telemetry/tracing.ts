/**
 * The trace that the work of this moment belongs to. The run's head keeps the `traceparent` it was started with, so a step
 * that goes on days later, in another process, is still a part of that trace. Without a tracer installed the run's own
 * context is passed on as it is; with one, each piece of work is a span below it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, SpanKind, SpanStatusCode, trace, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from '../../domain/run/trace-context.ts';
import type { TracedWork } from '../../ports/telemetry.ts';
import { allowedFault } from './allowed.ts';

const current = new AsyncLocalStorage<SpanContext>();

/** For the adapters: the header that a call made now is to carry. */
export function currentTraceparent(): string | null {
  const span = current.getStore();
  if (span === undefined) return null;
  const { traceId, spanId, traceFlags } = span;
  return formatTraceparent({ traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') });
}

export const currentTraceId = (): string | undefined => current.getStore()?.traceId;

export async function withinTrace<Result>(work: TracedWork, run: () => Promise<Result>): Promise<Result> {
  const parent = parentOf(work.traceparent);
  if (parent === null) return run();
  const above = trace.setSpanContext(context.active(), parent);
  const attributes = allowedFault(work.attributes);
  const span = trace
    .getTracer('countersign')
    .startSpan(`countersign.${work.name}`, { kind: SpanKind.INTERNAL, attributes }, above);
  try {
    return await context.with(trace.setSpan(above, span), () => current.run(span.spanContext(), run));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function parentOf(traceparent: string | null): SpanContext | null {
  const parsed = parseTraceparent(traceparent);
  if (parsed === null) return null;
  const { traceId, spanId, flags } = parsed;
  const traceFlags = (Number.parseInt(flags, 16) & 1) === 1 ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId, spanId, traceFlags, isRemote: true };
}
