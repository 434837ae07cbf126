/**
 * Events, metrics and spans to Application Insights by the app's identity. Everything here is loaded at the first call, after the
 * app has answered its first request: no cold start pays for it. What arrives here is already reduced to ids, codes and numbers.
 *
 * Nothing is written to the disk when the service is away (those files would outlive erasure); what cannot be sent is lost. The
 * records of the product are in its database; telemetry is a copy.
 */
import { context, metrics, trace } from '@opentelemetry/api';
import type { TokenCredential } from '@azure/identity';
import { traceContexts } from './trace-contexts.ts';

/** As the log of the product hands it over. */
export interface ForwardedEntry {
  readonly name: string;
  readonly level: 'debug' | 'information' | 'warning' | 'error';
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface AzureTelemetry {
  /** Never throws, never waits. */
  forward(entry: ForwardedEntry): void;
  /** Sends what waits. */
  close(): Promise<void>;
}

export interface AzureTelemetryOptions {
  readonly connectionString: string;
  readonly credential: TokenCredential;
  readonly metricEveryMs?: number;
}

const METRIC_EVERY_MS = 60_000;

export async function openAzureTelemetry(options: AzureTelemetryOptions): Promise<AzureTelemetry> {
  const [exporters, metricSdk, traceSdk, logSdk, { SeverityNumber }] = await Promise.all([
    import('@azure/monitor-opentelemetry-exporter'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/sdk-logs'),
    import('@opentelemetry/api-logs'),
  ]);
  const { connectionString, credential, metricEveryMs = METRIC_EVERY_MS } = options;
  const retryOptions = { maxRetries: 1, retryDelayInMs: 500 };
  const target = { connectionString, credential, disableOfflineStorage: true, retryOptions };
  const severity = {
    debug: SeverityNumber.DEBUG,
    information: SeverityNumber.INFO,
    warning: SeverityNumber.WARN,
    error: SeverityNumber.ERROR,
  } as const;

  const reader = new metricSdk.PeriodicExportingMetricReader({
    exporter: new exporters.AzureMonitorMetricExporter(target),
    exportIntervalMillis: metricEveryMs,
    exportTimeoutMillis: Math.min(metricEveryMs, 30_000),
  });
  const meters = new metricSdk.MeterProvider({ readers: [reader] });
  const tracers = new traceSdk.BasicTracerProvider({
    spanProcessors: [new traceSdk.BatchSpanProcessor(new exporters.AzureMonitorTraceExporter(target))],
  });
  const logs = new logSdk.LoggerProvider({
    processors: [new logSdk.BatchLogRecordProcessor({ exporter: new exporters.AzureMonitorLogExporter(target) })],
  });
  context.setGlobalContextManager(traceContexts().enable());
  metrics.setGlobalMeterProvider(meters);
  trace.setGlobalTracerProvider(tracers);
  const logger = logs.getLogger('countersign');

  return {
    forward({ name, level, attributes }) {
      // Events are found by this attribute's name in their own table; faults stay log lines.
      const event = name === 'fault' ? {} : { 'microsoft.custom_event.name': name };
      logger.emit({
        body: name,
        severityNumber: severity[level],
        severityText: level,
        attributes: { ...attributes, ...event },
      });
    },
    async close() {
      await Promise.allSettled([meters.shutdown(), tracers.shutdown(), logs.shutdown()]);
      metrics.disable();
      trace.disable();
      context.disable();
    },
  };
}
