/**
 * Keeps every listening socket of this process on loopback: a `listen` without an address binds 127.0.0.1. The
 * published library starts its stream server on all interfaces, and an app may do the same by accident. An
 * address that somebody names is left alone.
 */
import { Server } from 'node:net';

const loopback = '127.0.0.1';
let installed = false;

/** The arguments of `listen` with loopback in place of a missing address. */
export function withLoopback(args: unknown[]): unknown[] {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) {
    const options = first as Record<string, unknown>;
    const elsewhere = ['path', 'fd', 'host', '_handle', 'handle'].some(
      (key) => options[key] !== undefined && options[key] !== null,
    );
    return elsewhere || 'fd' in options ? args : [{ ...options, host: loopback }, ...args.slice(1)];
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return args;
  if (typeof second === 'string') return args;
  const callback = args.find((arg) => typeof arg === 'function');
  const port = typeof first === 'function' || first === undefined || first === null ? 0 : Number(first);
  const backlog = typeof second === 'number' ? { backlog: second } : {};
  return [{ port, host: loopback, ...backlog }, ...(callback ? [callback] : [])];
}

export function keepListenersOnLoopback(): void {
  if (installed) return;
  installed = true;
  const original = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    // Node passes through here again with arguments that it has already read; those carry an address by then.
    const kept = withLoopback(args);
    const server = Reflect.apply(original, this, kept) as Server;
    // The host's own listeners keep the process alive. The library's stream server cannot be closed from outside and
    // must not hold up the end.
    return kept === args ? server : server.unref();
  } as typeof original;
}
