/** Carries the current span through awaits. The SDK brings none of its own, and Node's own storage is all that it takes. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';

export function traceContexts(): ContextManager & { enable(): ContextManager } {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, work, self, ...given) => storage.run(context, () => work.apply(self as never, given as never)),
    bind(context, target) {
      if (typeof target !== 'function') return target;
      const bound = target as unknown as (...given: unknown[]) => unknown;
      return ((...given: unknown[]) => storage.run(context, () => bound(...given))) as unknown as typeof target;
    },
    enable: () => manager,
    disable() {
      storage.disable();
      return manager;
    },
  };
  return manager;
}
