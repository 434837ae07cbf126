/** No socket of the host, of the library or of an app listens beyond loopback unless somebody names the address. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { before, describe, test } from 'node:test';
import type { RunningHost } from '../../../src/host/server/start-host.ts';
import { withLoopback } from '../../../src/host/server/listen-guard.ts';
import { functionsHost } from '../apps/support.ts';

let host: RunningHost;
before(async () => {
  host = await functionsHost('stream-esm');
});

/** Local addresses of this process's listening sockets, from the kernel (Linux only). */
function listening(): string[] {
  const own = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      own.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? '');
    } catch (error) {
      // The descriptor of the listing itself is closed by now.
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
    }
  }
  return ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && own.has(fields[9] ?? ''))
      .map((fields) => fields[1] ?? ''),
  );
}

describe('listening sockets', () => {
  test(
    'of host, RPC and the stream server of the library are all on 127.0.0.1',
    { skip: process.platform !== 'linux' },
    () => {
      assert.ok(host.app.streamUri);
      const addresses = listening();
      assert.ok(addresses.length >= 3, `expected three or more, found ${addresses.join()}`);
      for (const address of addresses) assert.match(address, /^0100007F:/);
    },
  );

  test('a listen without an address binds loopback in every form; an address that is named stays', async () => {
    const listen = async (start: (server: Server, done: () => void) => unknown) => {
      const server = createServer();
      await new Promise<void>((resolve) => start(server, resolve));
      const { address } = server.address() as AddressInfo;
      server.close();
      return address;
    };
    const forms: ((server: Server, done: () => void) => unknown)[] = [
      (server, done) => server.listen(done),
      (server, done) => server.listen(0, done),
      (server, done) => server.listen(0, 5, done),
      (server, done) => server.listen({ port: 0 }, done),
      (server, done) => server.listen(undefined, done),
      (server, done) => server.once('listening', done).listen(),
    ];
    for (const form of forms) assert.equal(await listen(form), '127.0.0.1');
    assert.equal(await listen((server, done) => server.listen(0, '0.0.0.0', done)), '0.0.0.0');
  });

  test('a path, a descriptor and a named host pass through untouched', () => {
    for (const args of [
      ['/tmp/x.sock'],
      [{ path: '/tmp/x.sock' }],
      [{ fd: 3 }],
      [{ port: 1, host: '::1' }],
      [1, '::1'],
    ])
      assert.deepEqual(withLoopback(args), args);
    assert.deepEqual(withLoopback(['8080']), [{ port: 8080, host: '127.0.0.1' }]);
  });
});
