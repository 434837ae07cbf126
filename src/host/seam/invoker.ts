/**
 * Calls one function of the app as the worker does: arguments by the library's model, hooks around, response by the
 * library's model. On the hot path of orchestrators and activities nothing is built that nobody asked for.
 *
 * 1. `preInvocation` hooks may replace inputs and handler, `postInvocation` hooks result and error.
 * 2. The promise rejects with exactly what the function (or the last hook) threw.
 * 3. Direct mode hands the payload object through and takes the result object back; no JSON between.
 */
import { randomUUID } from 'node:crypto';
import type { FunctionInfo, HostLog, Invocation, InvocationResult, RpcData } from '../contract.ts';
import { isClientBinding } from './bindings.ts';
import type { CoreInvocationContext, FunctionCallback, LogCategory, LogLevel, ProgrammingModel } from './core-types.ts';
import { type DirectCall, learnDirectCall } from './direct-call.ts';
import type { Registration, Registry } from './registry.ts';

/** Told about every call; the host names the running function for the watchdog and writes its log line. */
export interface InvocationObserver {
  begin(info: FunctionInfo, invocationId: string): void;
  /** The invocation's subject, while its function runs without giving the processor back; 0 after that. */
  replaying?(subject: number): void;
  end(info: FunctionInfo, invocationId: string, startedAt: number, error: unknown, failed: boolean): void;
}

/** What the log needs of a call that is still being put together. */
interface Holder {
  context?: unknown;
  /** Shared by all hooks of one invocation. */
  hookData: Record<string, unknown>;
}

interface Callable {
  info: FunctionInfo;
  registration: Registration;
  triggerName: string;
  clientNames: string[];
  /** Learnt at the first call; null when it cannot be. */
  direct?: DirectCall | null;
}

/** A payload may hide what is costly to walk through; a hook that copies it must find everything, as on the wire. */
function shown(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(input)))
    if (!property.enumerable && property.configurable) Object.defineProperty(input, name, { enumerable: true });
  return input;
}

const noMetadata: Record<string, RpcData> = {};

export function createInvoker(options: {
  registry: Registry;
  model: ProgrammingModel;
  functions: ReadonlyMap<string, FunctionInfo>;
  log: HostLog;
  observer?: InvocationObserver | undefined;
  clientBinding: () => RpcData;
}): (name: string, invocation: Invocation) => Promise<InvocationResult> {
  const { registry, model, observer } = options;
  const callables = new Map<string, Callable>();
  for (const [name, info] of options.functions) {
    const registration = registry.functions.get(name);
    if (!registration) continue;
    const clientNames = Object.values(info.bindings)
      .filter((b) => b !== info.trigger && isClientBinding(b))
      .map((b) => b.name);
    callables.set(name, { info, registration, triggerName: info.trigger.name, clientNames });
  }

  const hooked = () => registry.hooks.preInvocation.length > 0 || registry.hooks.postInvocation.length > 0;

  function logger(callable: Callable, invocationId: string, holder: Holder) {
    return (level: LogLevel, category: LogCategory, message: string): void => {
      let entry = { level, message };
      if (registry.hooks.log.length > 0) {
        const context = registry.hookContext(
          { level, message, category, invocationContext: holder.context },
          holder.hookData,
        );
        for (const hook of registry.hooks.log) hook(context);
        entry = { level: context.level as LogLevel, message: String(context.message) };
      }
      if (entry.level === 'none') return;
      options.log(entry.level, entry.message, { function: callable.info.name, invocationId, category });
    };
  }

  /** An orchestrator that never yields never comes back from its call, so the call alone is what must be told. */
  function watched(callback: FunctionCallback, subject: number | undefined): FunctionCallback {
    if (subject === undefined || !observer?.replaying) return callback;
    return (...args) => {
      observer.replaying?.(subject);
      try {
        return callback(...args);
      } finally {
        observer.replaying?.(0);
      }
    };
  }

  return async function invoke(name, invocation) {
    const callable = callables.get(name);
    if (!callable) throw new Error(`No function is named "${name}".`);
    const { info, registration } = callable;
    const invocationId = invocation.invocationId ?? randomUUID();
    const startedAt = observer ? performance.now() : 0;
    observer?.begin(info, invocationId);
    const callback = watched(registration.callback, invocation.subject);
    let failed = false;
    let error: unknown;
    try {
      if (invocation.direct && callable.direct && !hooked() && registry.hooks.log.length === 0) {
        const log = () => logger(callable, invocationId, { hookData: {} });
        const result = await callable.direct(callback, invocationId, invocation, log);
        return { invocationId, outputData: [], result };
      }
      const inputData: { name: string; data: RpcData }[] = [];
      if (!invocation.direct) inputData.push({ name: callable.triggerName, data: invocation.trigger });
      for (const client of callable.clientNames) inputData.push({ name: client, data: options.clientBinding() });
      const holder: Holder = { hookData: {} };
      const core: CoreInvocationContext = {
        invocationId,
        request: {
          invocationId,
          functionId: info.id,
          inputData,
          triggerMetadata: invocation.triggerMetadata ?? noMetadata,
          ...(invocation.retryContext && { retryContext: invocation.retryContext }),
          ...(invocation.traceContext && { traceContext: invocation.traceContext }),
        },
        metadata: registration.metadata,
        state: undefined,
        log: logger(callable, invocationId, holder),
      };
      const invocationModel = model.getInvocationModel(core);
      const args = await invocationModel.getArguments();
      holder.context = args.context;
      if (invocation.direct) args.inputs.push(hooked() ? shown(invocation.direct.input) : invocation.direct.input);
      if (callable.direct === undefined) {
        callable.direct = (callable.clientNames.length === 0 && learnDirectCall(name, args.context)) || null;
      }
      let result: unknown;
      if (hooked()) {
        result = await withHooks(core, holder, args.inputs, callback, (inputs, handler) =>
          invocationModel.invokeFunction(args.context, inputs, handler),
        );
      } else {
        core.state = 'invocation';
        result = await invocationModel.invokeFunction(args.context, args.inputs, callback);
      }
      if (invocation.direct) return { invocationId, outputData: [], result };
      const response = await invocationModel.getResponse(args.context, result);
      return {
        invocationId,
        outputData: response.outputData ?? [],
        result,
        ...(response.returnValue && { returnValue: response.returnValue }),
      };
    } catch (thrown) {
      failed = true;
      error = thrown;
      throw thrown;
    } finally {
      observer?.end(info, invocationId, startedAt, error, failed);
    }
  };

  async function withHooks(
    core: CoreInvocationContext,
    { context: invocationContext, hookData }: Holder,
    inputs: unknown[],
    functionCallback: FunctionCallback,
    call: (inputs: unknown[], callback: FunctionCallback) => Promise<unknown>,
  ): Promise<unknown> {
    const before = registry.hookContext({ invocationContext, inputs, functionCallback }, hookData);
    core.state = 'preInvocationHooks';
    await registry.run('preInvocation', before);
    const after = registry.hookContext(
      { invocationContext, inputs: before.inputs, result: null, error: null },
      hookData,
    );
    core.state = 'invocation';
    try {
      after.result = await call(before.inputs as unknown[], before.functionCallback as FunctionCallback);
    } catch (thrown) {
      after.error = thrown ?? new Error('The function threw nothing.');
    }
    core.state = 'postInvocationHooks';
    await registry.run('postInvocation', after);
    if (after.error !== null && after.error !== undefined) throw after.error;
    return after.result;
  }
}
