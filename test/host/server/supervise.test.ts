/** The supervised process: crashes, loops, reloads, stops. Real processes, so few of them. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { supervise, type SuperviseOptions } from '../../../src/host/server/supervise.ts';
import { Refusal } from '../../../src/host/server/refusals.ts';
import { appFolder, temporaryFolder } from '../apps/support.ts';
import { childFlag } from './no-hub.ts';

const entry = join(import.meta.dirname, 'no-hub.ts');

function launch(more: Partial<SuperviseOptions> = {}) {
  const lines: string[] = [];
  const waits: { match: RegExp; found: (line: string) => void }[] = [];
  const log = (_level: string, message: string) => {
    lines.push(message);
    for (const wait of waits) if (wait.match.test(message)) wait.found(message);
  };
  const host = supervise(entry, childFlag, {
    app: appFolder('loop-cjs'),
    port: 0,
    data: temporaryFolder(),
    log,
    ...more,
  });
  const line = (match: RegExp) => new Promise<string>((found) => waits.push({ match, found }));
  return { host, line, lines };
}

describe('a supervised app', () => {
  test('is started again after it ended its process, threw later, or looped for ever (which is named)', async () => {
    const { host, line } = launch({ watchdogMs: 1000 });
    const { url } = await host.ready;
    const kinds: [string, RegExp][] = [
      ['die', /APP_CRASHED: exit code 9/],
      ['reject', /APP_CRASHED: unhandled rejection: TypeError \(src\/index\.js:13\)/],
      ['spin', /APP_CRASHED: endless loop: nothing moved for 1 s in function "spin" at src\/index\.js:7/],
    ];
    for (const [name, match] of kinds) {
      const told = line(match);
      const again = line(/running again/);
      await assert.rejects(fetch(`${url}/api/${name}`));
      await told;
      await again;
      assert.equal((await fetch(`${url}/api/ping`)).status, 200);
    }
    assert.equal(await host.stop(), 0);
  });

  test('lets an open request end when it is stopped, and takes no new ones', async () => {
    const { host } = launch();
    const { url } = await host.ready;
    const slow = fetch(`${url}/api/slow?ms=300`);
    while ((await (await fetch(`${url}/api/begun`)).text()) === '0');
    const stopped = host.stop();
    assert.equal(await (await slow).text(), 'finished');
    assert.equal(await stopped, 0);
    await assert.rejects(fetch(`${url}/api/ping`));
  });

  test('is reloaded when a file of it changes, at the same address', async () => {
    const app = join(temporaryFolder(), 'app');
    cpSync(appFolder('loop-cjs'), app, { recursive: true });
    symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(app, 'node_modules'));
    const { host, line } = launch({ app, watch: true });
    const { url } = await host.ready;
    const again = line(/running again/);
    writeFileSync(
      join(app, 'src/index.js'),
      "require('@azure/functions').app.http('ping', { handler: () => ({ body: 'new' }) });\n",
    );
    await again;
    assert.equal(await (await fetch(`${url}/api/ping`)).text(), 'new');
    const refused = line(/Waiting for a change/);
    writeFileSync(join(app, 'src/index.js'), 'this is no program');
    await refused;
    const back = line(/running again/);
    writeFileSync(
      join(app, 'src/index.js'),
      "require('@azure/functions').app.http('ping', { handler: () => ({ body: 'newer' }) });\n",
    );
    await back;
    assert.equal(await (await fetch(`${url}/api/ping`)).text(), 'newer');
    assert.equal(await host.stop(), 0);
  });

  test('is refused in one line when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { host, lines } = launch({ port });
    await assert.rejects(host.ready, Refusal);
    assert.equal(await host.done, 4);
    assert.deepEqual(lines, [
      `PORT_TAKEN: Port ${port} is taken; stop what listens there or choose another with --port.`,
    ]);
    other.close();
  });
});

test('the host as a program ends well at Ctrl-C, and its child with it when it is killed', async () => {
  const main = join(import.meta.dirname, '../../../src/host/main.ts');
  const start = async () => {
    const args = ['--disable-warning=ExperimentalWarning', main, '--app', appFolder('loop-cjs'), '--port', '0'];
    const program = spawn(process.execPath, [...args, '--data', temporaryFolder()], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(program, 'exit');
    for await (const line of createInterface({ input: program.stderr })) {
      const url = /listens on (\S+)/.exec(line)?.[1];
      if (url) return { program, url, ended };
    }
    assert.fail('the host never listened');
  };
  const first = await start();
  first.program.kill('SIGINT');
  assert.deepEqual(await first.ended, [0, null]);
  const second = await start();
  second.program.kill('SIGKILL');
  await second.ended;
  // The child notices by itself; the test runner's limit ends a wait in vain.
  while (
    await fetch(second.url).then(
      () => true,
      () => false,
    )
  )
    await new Promise((resolve) => setTimeout(resolve, 10));
});

test('the host as a program answers a wrong call and a folder without an app in one line, with an exit code', () => {
  const main = join(import.meta.dirname, '../../../src/host/main.ts');
  const call = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      encoding: 'utf8',
    });
    return [status, stderr.split('\n')[0]?.replace(/^[\d:.]+ . /, '')];
  };
  assert.deepEqual(call('--port', '7071'), [2, 'USAGE: --app is needed']);
  const nowhere = join(import.meta.dirname, 'nowhere');
  assert.deepEqual(call('--app', nowhere, '--data', temporaryFolder(), '--port', '0'), [
    3,
    `APP_NOT_FOUND: ${nowhere} does not exist; name the folder of a Functions app.`,
  ]);
});
