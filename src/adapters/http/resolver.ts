/** Names to addresses: the system's resolver, or a fake one in tests. Apart from the sockets, so that it loads without them. */
import { lookup } from 'node:dns';

/** All addresses of a name. */
export type Resolver = (name: string) => Promise<readonly string[]>;

export const systemResolver: Resolver = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true, verbatim: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map((entry) => entry.address));
    });
  });
