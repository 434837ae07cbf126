/**
 * The part of `@azure/functions-core` that the published library uses, as types of ours: the package exists only
 * inside the worker and cannot be installed. Names and shapes are the library's.
 */
import type { RpcData } from '../contract.ts';

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type LogCategory = 'user' | 'system' | 'customMetric';
export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log';
export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: Record<string, unknown>) => unknown;

export interface CoreBinding {
  type?: string;
  name?: string;
  direction?: string;
  [setting: string]: unknown;
}

export interface CoreMetadata {
  name: string;
  bindings: Record<string, CoreBinding>;
  retryOptions?: {
    retryStrategy?: string;
    maxRetryCount?: number;
    delayInterval?: { seconds?: unknown };
    minimumInterval?: { seconds?: unknown };
    maximumInterval?: { seconds?: unknown };
  };
}

/** What `getInvocationModel` gets; the library reads `state` while it runs. */
export interface CoreInvocationContext {
  invocationId: string;
  request: {
    invocationId: string;
    functionId: string;
    inputData: { name: string; data: RpcData }[];
    triggerMetadata: Record<string, RpcData>;
    retryContext?: { retryCount: number; maxRetryCount: number };
    traceContext?: { traceParent?: string; traceState?: string; attributes?: Record<string, string> };
  };
  metadata: CoreMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface CoreInvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{ returnValue?: RpcData | null; outputData?: { name: string; data: RpcData }[] }>;
}

/** The one class that the library hands to the worker. */
export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): CoreInvocationModel;
  getCapabilities(worker: Record<string, string>): Promise<Record<string, string>>;
}
