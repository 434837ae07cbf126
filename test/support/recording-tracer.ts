/** A tracer that keeps every span: what an exporter would get. Installed for the whole process, once. */
import {
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';

export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly attributes: Attributes;
  readonly events: { readonly name: string; readonly attributes: Attributes }[];
  ended: boolean;
}

export function installRecordingTracer(): RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const start = (name: string, options: SpanOptions = {}, context?: Context): Span => {
    const parent = context ? trace.getSpanContext(context) : undefined;
    const spanId = (spans.length + 1).toString(16).padStart(16, '0');
    const traceId = parent?.traceId ?? 'f'.repeat(32);
    const recorded: RecordedSpan = {
      name,
      traceId,
      spanId,
      parentId: parent?.spanId ?? null,
      attributes: { ...options.attributes },
      events: [],
      ended: false,
    };
    spans.push(recorded);
    const own: SpanContext = { traceId, spanId, traceFlags: parent?.traceFlags ?? 1 };
    const span: Span = {
      spanContext: () => own,
      setAttribute(key, value) {
        recorded.attributes[key] = value;
        return span;
      },
      setAttributes(attributes) {
        Object.assign(recorded.attributes, attributes);
        return span;
      },
      addEvent(event, attributes) {
        recorded.events.push({ name: event, attributes: { ...(attributes as Attributes) } });
        return span;
      },
      addLink: () => span,
      addLinks: () => span,
      setStatus: () => span,
      updateName: () => span,
      end() {
        recorded.ended = true;
      },
      isRecording: () => !recorded.ended,
      recordException: () => undefined,
    };
    return span;
  };
  const tracer: Tracer = {
    startSpan: start,
    startActiveSpan: (() => {
      throw new Error('not used');
    }) as unknown as Tracer['startActiveSpan'],
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return spans;
}
