/** Apps that cannot run here: one clear line each, with a closed code, and nothing of the host's stack. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { Refusal, refusalExitCodes } from '../../../src/host/server/refusals.ts';
import { startHostWith } from '../../../src/host/server/start-host.ts';
import { temporaryFolder } from '../apps/support.ts';
import { noHub } from '../server/no-hub.ts';

const root = join(import.meta.dirname, '../../..');
const fine = { 'package.json': '{"main":"index.js"}', 'host.json': '{"version":"2.0"}' };
const http = (name: string, more = '') =>
  `require('@azure/functions').app.http('${name}', { handler: () => ({}) ${more} });`;

function writeApp(files: Record<string, string>): string {
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries({ ...fine, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function refused(app: string, more: { front?: string } = {}): Promise<string[]> {
  try {
    const host = await startHostWith(noHub, { app, port: 0, data: temporaryFolder(), ...more });
    await host.stop();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    assert.doesNotMatch(error.message, /\n\s+at /);
    assert.equal(error.exitCode, 3);
    return error.problems.map(({ code, message }) => `${code}: ${message.replaceAll(app, 'APP')}`);
  }
  assert.fail('the app was not refused');
}

describe('an app that cannot run is refused', () => {
  const cases: [string, Record<string, string>, RegExp[]][] = [
    ['broken host.json', { 'host.json': '{"version": 2,}' }, [/^HOST_JSON_INVALID: APP\/host\.json is not JSON: /]],
    [
      'wrong version of host.json',
      { 'host.json': '{"version": "1.0"}' },
      [/^HOST_JSON_INVALID: .*must say "version": "2\.0"/],
    ],
    [
      'host.json with an array for an object',
      { 'host.json': '{"version":"2.0","extensions":[]}' },
      [/^HOST_JSON_INVALID: .*"extensions" must be an object/],
    ],
    ...(
      [
        ['hubName', 7],
        ['defaultVersion', 1],
        ['versionMatchStrategy', 'Newest'],
        ['versionFailureStrategy', 'Retry'],
        ['maxConcurrentActivityFunctions', 0],
        ['maxConcurrentOrchestratorFunctions', '8'],
      ] as const
    ).map(([name, value]): [string, Record<string, string>, RegExp[]] => [
      `host.json with ${name} ${value}`,
      { 'host.json': JSON.stringify({ version: '2.0', extensions: { durableTask: { [name]: value } } }) },
      [new RegExp(`^HOST_JSON_INVALID: APP/host\\.json: extensions\\.durableTask\\.${name} must be `)],
    ]),
    ...['soon', '00:00:00', 30, '25:00:00'].map((value): [string, Record<string, string>, RegExp[]] => [
      `host.json with functionTimeout ${value}`,
      { 'host.json': JSON.stringify({ version: '2.0', functionTimeout: value }) },
      [/^HOST_JSON_INVALID: APP\/host\.json: functionTimeout must be hh:mm:ss/],
    ]),
    [
      'extended sessions',
      { 'host.json': '{"version":"2.0","extensions":{"durableTask":{"extendedSessionsEnabled":true}}}' },
      [/^EXTENDED_SESSIONS: /],
    ],
    [
      'settings with a number',
      { 'local.settings.json': '{"Values":{"A":1}}' },
      [/^SETTINGS_INVALID: .*"Values\.A" must be a string/],
    ],
    ['encrypted settings', { 'local.settings.json': '{"IsEncrypted":true}' }, [/^SETTINGS_INVALID: .*encrypted/]],
    ['no main', { 'package.json': '{}' }, [/^APP_NOT_FOUND: .*no "main"/]],
    ['main that matches nothing', { 'package.json': '{"main":"dist/*.js"}' }, [/^APP_NOT_FOUND: .*matches no file/]],
    [
      'code that throws on load',
      { 'index.js': "\nthrow new RangeError('too early');" },
      [/^APP_LOAD_FAILED: index\.js failed to load: RangeError: too early \(index\.js:2\)$/],
    ],
    [
      'a missing package',
      { 'index.js': "require('no-such-package');" },
      [/^APP_LOAD_FAILED: index\.js failed to load: Error: Cannot find module 'no-such-package'/],
    ],
    [
      'an appStart hook that throws',
      {
        'index.js': `${http('a')} require('@azure/functions').app.hook.appStart(() => { throw new Error('no database'); });`,
      },
      [/^APP_LOAD_FAILED: An appStart hook threw: Error: no database/],
    ],
    ['no function', { 'index.js': '' }, [/^NO_FUNCTIONS: /]],
    ['a name with a blank', { 'index.js': http('a b') }, [/^FUNCTION_NAME_INVALID: "a b"/]],
    [
      'two functions of one name',
      { 'index.js': `${http('same')} try { ${http('SAME')} } catch {}` },
      [/^FUNCTION_DUPLICATE: A function named "SAME"/],
    ],
    [
      'an unsupported trigger and input, both told',
      {
        'index.js': `const { app, input } = require('@azure/functions');
      app.storageQueue('q', { queueName: 'x', connection: 'c', handler: () => {} });
      app.http('b', { extraInputs: [input.storageBlob({ path: 'x', connection: 'c' })], handler: () => {} });`,
      },
      [
        /^TRIGGER_UNSUPPORTED: Function "q" has a queueTrigger/,
        /^BINDING_UNSUPPORTED: Function "b" reads from a blob binding/,
      ],
    ],
    [
      'a setting that is missing',
      { 'index.js': http('a', ", route: '%NOT_SET_ANYWHERE%/x'") },
      [/^APP_SETTING_MISSING: Function "a" uses %NOT_SET_ANYWHERE%/],
    ],
    [
      'a schedule that Azure would not read',
      { 'index.js': "require('@azure/functions').app.timer('t', { schedule: '@daily', handler: () => {} });" },
      [/^SCHEDULE_INVALID: Function "t": schedule "@daily"/],
    ],
    [
      'routes that collide',
      { 'index.js': `${http('a', ", route: 'x'")} ${http('b', ", route: 'x'")}` },
      [/^ROUTE_CONFLICT: .*GET \/api\/x/, /^ROUTE_CONFLICT: .*POST/],
    ],
    [
      'a route that the host keeps',
      {
        'host.json': '{"version":"2.0","extensions":{"http":{"routePrefix":""}}}',
        'index.js': http('a', ", route: 'runtime/x'"),
      },
      [/^ROUTE_INVALID: /],
    ],
  ];
  for (const [what, files, lines] of cases) {
    test(what, async () => {
      const found = await refused(writeApp(files));
      assert.equal(found.length, lines.length, found.join('\n'));
      lines.forEach((line, at) => assert.match(found[at] ?? '', line));
    });
  }

  test('two copies of the library', async () => {
    const app = writeApp({
      'index.js': `${http('a')} require('./copy/dist/azure-functions.js').app.http('b', { handler: () => ({}) });`,
    });
    cpSync(join(root, 'node_modules/@azure/functions/dist'), join(app, 'copy/dist'), { recursive: true });
    cpSync(join(root, 'node_modules/@azure/functions/package.json'), join(app, 'copy/package.json'));
    // In a process of its own: the library announces itself once in a process.
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(root, 'src/host/main.ts'),
        '--app',
        app,
        '--port',
        '0',
        '--data',
        temporaryFolder(),
      ],
      { encoding: 'utf8' },
    );
    assert.equal(status, 3);
    assert.match(stderr, /^\S+ \S LIBRARY_COPIES: Two copies of @azure\/functions .*\n$/);
  });

  test('a front without a front', async () => {
    const app = writeApp({
      'index.js': http('a'),
      'front.mjs': 'export const nothing = 1;',
      'broken.mjs': "throw new Error('no');",
    });
    assert.match((await refused(app, { front: join(app, 'front.mjs') })).join(), /^FRONT_INVALID: .*exports neither/);
    assert.match(
      (await refused(app, { front: join(app, 'broken.mjs') })).join(),
      /^FRONT_INVALID: .*failed to load: Error: no/,
    );
  });
});

test('every code is explained on the page of refusals', () => {
  const page = readFileSync(join(root, 'src/host/REFUSALS.md'), 'utf8');
  const missing = Object.keys(refusalExitCodes).filter((code) => !page.includes(`\`${code}\``));
  assert.deepEqual(missing, []);
});
