/**
 * Sockets of one connector version: names are resolved once per connection, every address of the answer is checked, and
 * the connection goes to a checked address, so that a name which changes its answer (DNS rebinding) gains nothing.
 */
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { StepFault } from '../../domain/errors.ts';
import { addressAllowed, nameAllowed } from './addresses.ts';
import type { Resolver } from './resolver.ts';

export function checkedAgent(options: {
  readonly allowPrivate: boolean;
  readonly resolver: Resolver;
  readonly connections: number;
  readonly connectTimeoutMs: number;
}): Agent {
  const lookup: LookupFunction = (name, { all }, callback) => {
    checkedAddresses(name, options).then(
      (addresses) => {
        const entries = addresses.map((address) => ({ address, family: isIP(address) }));
        if (all) callback(null, entries);
        else callback(null, entries[0]?.address ?? '', entries[0]?.family ?? 4);
      },
      (error: Error) => callback(error, ''),
    );
  };
  const connect = buildConnector({ lookup, timeout: options.connectTimeoutMs, allowH2: false } as Parameters<
    typeof buildConnector
  >[0]);
  return new Agent({
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    allowH2: false,
    connect: (target, callback) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      // A literal address never passes through `lookup`.
      if (isIP(host) !== 0 && !addressAllowed(host, options.allowPrivate)) {
        callback(new StepFault('ADDRESS_REFUSED', 'the address lies in a range that connectors may not reach'), null);
        return;
      }
      connect(target, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null);
        } else if (!addressAllowed(socket.remoteAddress ?? '', options.allowPrivate)) {
          socket.destroy();
          callback(new StepFault('ADDRESS_REFUSED', 'the connection led to an address that is not allowed'), null);
        } else {
          callback(null, socket);
        }
      });
    },
  });
}

async function checkedAddresses(
  name: string,
  options: { readonly allowPrivate: boolean; readonly resolver: Resolver },
): Promise<readonly string[]> {
  if (!nameAllowed(name, options.allowPrivate))
    throw new StepFault('ADDRESS_REFUSED', 'the host name may not be reached by connectors');
  const addresses = await options.resolver(name);
  if (addresses.length === 0) throw new StepFault('OUTSIDE_UNAVAILABLE', 'the host name has no address');
  if (!addresses.every((address) => addressAllowed(address, options.allowPrivate)))
    throw new StepFault('ADDRESS_REFUSED', 'the host name resolves to an address that connectors may not reach');
  return addresses;
}
