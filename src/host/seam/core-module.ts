/**
 * The module `@azure/functions-core`, which exists only inside a Functions host: the library asks for it by
 * `require` once, on first use, and registers everything through it. We answer that request as the real worker
 * does, by standing in front of `Module.prototype.require`. The library keeps what it got for the life of the
 * process, so the module is one object that always points at the registry of the app being loaded.
 */
import Module from 'node:module';
import type {
  CoreMetadata,
  FunctionCallback,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';
import { Registry } from './registry.ts';

const hostVersion = '4.1037.0';
const workerVersion = '3.9.1';

class Disposable {
  static from(...parts: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }
  #dispose: (() => void) | undefined;
  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }
  dispose(): void {
    this.#dispose?.();
    this.#dispose = undefined;
  }
}

let current = new Registry();
let model: ProgrammingModel | undefined;
let installed = false;

const core = {
  version: workerVersion,
  get hostVersion() {
    return hostVersion;
  },
  Disposable,
  setProgrammingModel(next: ProgrammingModel): void {
    model = next;
    current.models.add(next);
  },
  getProgrammingModel: (): ProgrammingModel | undefined => model,
  registerFunction: (metadata: CoreMetadata, callback: FunctionCallback): Disposable =>
    new Disposable(current.addFunction(metadata, callback)),
  registerHook: (name: string, callback: HookCallback): Disposable => new Disposable(current.addHook(name, callback)),
  log: (level: LogLevel, category: LogCategory, message: string): void => current.systemLog(level, category, message),
};

/** Makes `@azure/functions-core` loadable and opens a fresh registry for the next app. */
export function openRegistry(): Registry {
  if (!installed) {
    const original = Module.prototype.require;
    Module.prototype.require = function (this: Module, id: string): unknown {
      return id === '@azure/functions-core' ? core : Reflect.apply(original, this, [id]);
    } as typeof original;
    installed = true;
  }
  current = new Registry();
  return current;
}

/** The model of the library that registered last; the library sets it once in a process. */
export function programmingModel(): ProgrammingModel | undefined {
  return model;
}
