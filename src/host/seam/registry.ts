/**
 * What one app registered: functions, hooks, and the problems of doing so. The library may swallow what a
 * registration throws, so problems are also kept and judged after loading. Knows nothing of loading or of calls.
 *
 * 1. After `seal` nothing can be registered any more.
 * 2. Function names are unique without regard to case, as on Azure.
 */
import type { Problem } from '../server/refusals.ts';
import type {
  CoreMetadata,
  FunctionCallback,
  HookCallback,
  HookName,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';

export interface Registration {
  metadata: CoreMetadata;
  callback: FunctionCallback;
}

const hookNames: readonly HookName[] = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'];

/** Errors of the worker's own kind; the library looks at the flag. */
function systemError(error: Error): Error {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

export class Registry {
  readonly functions = new Map<string, Registration>();
  readonly problems: Problem[] = [];
  readonly models = new Set<ProgrammingModel>();
  /** Seen by every hook. */
  readonly appHookData: Record<string, unknown> = {};
  /** What `appStart` leaves for `appTerminate`. */
  readonly appLevelHookData: Record<string, unknown> = {};
  readonly hooks: Record<HookName, HookCallback[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  /** Where the library's own messages go; user messages come with their invocation. */
  systemLog: (level: LogLevel, category: LogCategory, message: string) => void = () => undefined;
  #names = new Set<string>();
  #sealed = false;

  seal(): void {
    this.#sealed = true;
  }

  addFunction(metadata: CoreMetadata, callback: FunctionCallback): () => void {
    const { name } = metadata;
    if (this.#sealed) throw systemError(new Error(`Function "${name}" was registered after the app had started.`));
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,126}$/.test(name)) {
      this.problems.push({
        code: 'FUNCTION_NAME_INVALID',
        message: `"${name}" is no function name: a letter, then at most 126 letters, digits, - and _.`,
      });
    }
    if (this.#names.has(name.toLowerCase())) {
      this.problems.push({
        code: 'FUNCTION_DUPLICATE',
        message: `A function named "${name}" is registered twice; names must differ, and not by case alone.`,
      });
      throw systemError(new Error(`A function with name "${name}" has already been registered.`));
    }
    this.#names.add(name.toLowerCase());
    this.functions.set(name, { metadata, callback });
    return () => {
      if (this.#sealed) throw systemError(new Error(`Function "${name}" cannot be removed after the app has started.`));
      this.functions.delete(name);
      this.#names.delete(name.toLowerCase());
    };
  }

  addHook(name: string, callback: HookCallback): () => void {
    const hooks = hookNames.includes(name as HookName) ? this.hooks[name as HookName] : undefined;
    if (!hooks) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
    hooks.push(callback);
    return () => {
      const at = hooks.indexOf(callback);
      if (at >= 0) hooks.splice(at, 1);
    };
  }

  /** Runs the hooks of one name in order of registration; `fields` lands on the context that each of them gets. */
  async run(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context);
  }

  /** A hook context whose `hookData` and `appHookData` can be filled but not replaced. */
  hookContext(fields: Record<string, unknown>, hookData: Record<string, unknown>): Record<string, unknown> {
    return Object.defineProperties(fields, {
      hookData: { value: hookData, enumerable: true, writable: false },
      appHookData: { value: this.appHookData, enumerable: true, writable: false },
    });
  }
}
