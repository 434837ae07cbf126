/** The built app under any Functions host: what it registers, what it needs, and that loading does nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ROUTES } from '../../src/contract/routes/all.ts';
import { TURN_VERBS } from '../../src/domain/run/head.ts';
import { LOCAL, loadBundle, type Loaded, type Registered } from './bundle/load.ts';

const ROOT = join(import.meta.dirname, '../..');
const triggerOf = ({ bindings }: Registered) => {
  const [found, ...more] = Object.values(bindings).filter(({ type }) => /trigger$/i.test(type));
  assert.ok(found !== undefined && more.length === 0, 'exactly one trigger');
  return found;
};

/** Whether a trigger takes this method and address; `{*name}` takes any rest. */
function fits(trigger: Record<string, unknown>, method: string, address: string): boolean {
  const pattern = String(trigger['route'])
    .replaceAll('.', '\\.')
    .replaceAll(/\{\*\w+\}/g, '.*')
    .replaceAll(/\{\w+\}/g, '[^/]+');
  return (trigger['methods'] as string[]).includes(method) && new RegExp(`^${pattern}$`, 'i').test(address);
}

/** Answers every address of the API that no route has. */
const REST = 'zUnknownAddress';

describe('the built app', () => {
  let loaded: Loaded;
  before(() => {
    loaded = loadBundle(LOCAL);
  });
  const byType = (type: string) => loaded.functions.filter((each) => triggerOf(each).type === type);

  test('loads with settings from the environment only, and registers once under each name', () => {
    assert.equal(loaded.code, 0, `${loaded.error} ${loaded.errors}`);
    const names = loaded.functions.map(({ name }) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length);
    // What a host takes as a name of a function.
    for (const name of names) assert.match(name, /^[a-z][a-z0-9_-]{0,126}$/);
    assert.deepEqual(loaded.hooks, ['appTerminate']);
  });

  test('does nothing else while it loads: no socket, no file, no process, no thread', () => {
    assert.deepEqual(loaded.did, []);
    assert.equal(existsSync(LOCAL['COUNTERSIGN_DATA'] ?? ''), false);
  });

  test('serves every route of the contract anonymously to the host: who may call is the app’s own question', () => {
    const all = byType('httpTrigger');
    const routes = all.filter(({ name }) => name !== REST);
    assert.equal(routes.length, ROUTES.length);
    assert.equal(triggerOf(all.find(({ name }) => name === REST) as Registered)['route'], 'api/{*address}');
    for (const route of ROUTES) {
      const trigger = triggerOf(routes.find(({ name }) => name === route.id) as Registered);
      const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
      assert.deepEqual(
        [trigger['route'], trigger['methods'], trigger['authLevel']],
        [route.path, methods, 'anonymous'],
      );
    }
  });

  test('routes are what the host reads: no leading slash, one parameter a segment, nothing of the host’s own', () => {
    for (const each of byType('httpTrigger').filter(({ name }) => name !== REST)) {
      const route = String(triggerOf(each)['route']);
      assert.match(route, /^(?!\/|admin\/|runtime\/)([\w.~-]+|\{\w+\})(\/([\w.~-]+|\{\w+\}))*$/, route);
      const { bindings } = each;
      const answer = bindings['$return'];
      assert.deepEqual([answer?.type, answer?.['direction']], ['http', 'out'], each.name);
    }
    const host = JSON.parse(readFileSync(join(ROOT, 'host.json'), 'utf8'));
    assert.equal(host.extensions.http.routePrefix, '');
  });

  test('an address reaches its own function on a host that takes the first that fits, in the order of names', () => {
    const inOrder = byType('httpTrigger').sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    for (const each of inOrder) {
      const { route, methods } = triggerOf(each) as unknown as { route: string; methods: string[] };
      const address = route.replaceAll(/\{\*?\w+\}/g, 'something');
      for (const method of methods) {
        const first = inOrder.find((other) => fits(triggerOf(other), method, address));
        assert.equal(first?.name, each.name, `${method} ${address}`);
      }
    }
  });

  test('whatever starts lanes or rings gets a Durable client', () => {
    for (const each of loaded.functions) {
      if (triggerOf(each).type === 'orchestrationTrigger' || each.name === REST) continue;
      const clients = Object.values(each.bindings).filter(({ type }) => type === 'durableClient');
      assert.equal(clients.length, 1, each.name);
      assert.equal(clients[0]?.['direction'], 'in');
    }
  });

  test('registers the lane and every activity that a turn can name', () => {
    assert.deepEqual(
      byType('orchestrationTrigger').map(({ name }) => name),
      ['lane'],
    );
    assert.deepEqual(
      byType('activityTrigger')
        .map(({ name }) => name)
        .sort(),
      [...TURN_VERBS].sort(),
    );
  });

  test('timers have six fields, and run where the setting says', () => {
    const timers = byType('timerTrigger');
    assert.deepEqual(timers.map(({ name }) => name).sort(), ['measure', 'purgeHistory', 'sweep', 'verifyChains']);
    for (const each of timers) assert.equal(String(triggerOf(each)['schedule']).split(' ').length, 6, each.name);
    const told = loadBundle({ ...LOCAL, COUNTERSIGN_SWEEP: '*/7 * * * * *' });
    const sweep = told.functions.find(({ name }) => name === 'sweep') as Registered;
    assert.equal(triggerOf(sweep)['schedule'], '*/7 * * * * *');
  });

  test('the package says where it is', () => {
    const { main, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    assert.deepEqual([main, type], ['dist/app.mjs', 'module']);
  });
});

describe('an old Node', () => {
  test('is refused while the app loads, in one line that says which is needed', () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
    const { code, error, stack } = loadBundle({
      ...LOCAL,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}`,
    });
    assert.equal(code, 1);
    assert.equal(error, 'Node 22 or newer is needed; this worker runs under 20.20.2');
    assert.equal(stack, error);
  });
});

describe('wrong settings', () => {
  test('end the load with one list of all of them, and no stack', () => {
    const { code, errors, error, stack } = loadBundle({ COUNTERSIGN_PLATFORM: 'azure', COUNTERSIGN_ISSUERS: '[]' });
    assert.equal(code, 1);
    for (const name of ['PUBLIC_URL', 'AUDIENCE', 'TENANTS', 'COSMOS_ENDPOINT', 'KEY_VAULT', 'ISSUERS'])
      assert.match(errors, new RegExp(`^ {2}COUNTERSIGN_${name}: `, 'm'), name);
    assert.doesNotMatch(errors, /^\s+at /m);
    assert.match(error ?? '', /^settings are missing or wrong: COUNTERSIGN_/);
    assert.equal(stack, error);
  });

  test('end the local host with the same list, a code, and no stack', () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-refused-'));
    const ran = spawnSync(
      process.execPath,
      [join(ROOT, 'dist/cli.mjs'), 'host', '--app', ROOT, '--port', '0', '--data', data],
      {
        encoding: 'utf8',
        env: { TASKHUB_NAME: 'countersign', COUNTERSIGN_AUDIENCE: 'countersign' },
        timeout: 30_000,
      },
    );
    rmSync(data, { recursive: true, force: true });
    const printed = `${ran.stdout}${ran.stderr}`;
    assert.equal(ran.status, 3, printed);
    for (const name of ['PUBLIC_URL', 'DATA', 'ISSUERS'])
      assert.match(printed, new RegExp(`^ {2}COUNTERSIGN_${name}: is required`, 'm'));
    assert.doesNotMatch(printed, /^\s+at /m);
  });

  test('an address of Azure beside the local platform is a forgotten setting, and is said', () => {
    const { code, errors } = loadBundle({ ...LOCAL, COUNTERSIGN_KEY_VAULT: 'https://vault.example' });
    assert.equal(code, 1);
    assert.match(errors, /COUNTERSIGN_KEY_VAULT: is for COUNTERSIGN_PLATFORM=azure only/);
  });
});
