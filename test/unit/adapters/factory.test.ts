/** A255–A257: which adapter serves a connector, and that there is no other way to get one. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { CATEGORIES } from '../../../src/domain/workflow/categories.ts';
import type { AdapterModule } from '../../../src/adapters/module.ts';
import { BUILT_IN, registryOf } from '../../../src/adapters/registry.ts';
import { resolveModule } from '../../../src/adapters/resolve.ts';
import { bench, httpConnector, TENANT } from '../../support/outside/bench.ts';

const echo = BUILT_IN[0] as AdapterModule;
const sftp: AdapterModule = {
  ...echo,
  name: 'datasource/files',
  systemTypes: ['acme-files'],
  infers: (metadata) => metadata['vendor'] === 'Acme',
  connectionTypes: ['sftp'],
};
const name = (document: Record<string, string | object>): string =>
  resolveModule(document as never, registryOf([sftp])).name;

test('resolution: exact name, system type, metadata, connection type, then a failure; earlier links win', () => {
  assert.equal(name({ adapter: 'erp/http-json', connectionType: 'sftp' }), 'erp/http-json');
  assert.equal(name({ systemType: 'acme-files', connectionType: 'http' }), 'datasource/files');
  assert.equal(
    name({ systemType: 'unheard-of', metadata: { vendor: 'Acme' }, connectionType: 'http' }),
    'datasource/files',
  );
  assert.equal(
    name({ systemType: 'unheard-of', metadata: { vendor: 'Other' }, connectionType: 'SFTP' }),
    'datasource/files',
  );
  assert.equal(name({ connectionType: 'rest' }), 'datasource/http-json');
  for (const document of [
    {},
    { adapter: 'erp/unknown', systemType: 'acme-files' },
    { systemType: 'unheard-of' },
    { metadata: { vendor: 'Other' } },
    { connectionType: 'smtp' },
    { connectionType: 'constructor' },
  ])
    assert.throws(() => name(document), { code: 'ADAPTER_UNRESOLVED' }, JSON.stringify(document));
});

test('metadata that fit two adapters resolve to neither', () => {
  const twin: AdapterModule = { ...sftp, name: 'datasource/twin', systemTypes: [], connectionTypes: [] };
  assert.throws(() => resolveModule({ metadata: { vendor: 'Acme' } }, registryOf([sftp, twin])), /ADAPTER_UNRESOLVED/);
});

test('two adapters cannot claim one name, system type or connection type', () => {
  for (const twin of [
    { ...sftp, name: 'comms/echo' as const },
    { ...sftp, systemTypes: ['echo'] },
    { ...sftp, connectionTypes: ['http'] },
    { ...sftp, name: 'other/thing' as never },
  ])
    assert.throws(() => registryOf([twin]));
  for (const module of BUILT_IN)
    assert.ok((CATEGORIES as readonly string[]).includes(module.name.split('/')[0] as string));
});

test('active is asked each time, versions are kept, and a new version gets its own view', async (t) => {
  const made = bench([httpConnector('http://127.0.0.1:9/a')]);
  t.after(() => made.adapters.close());
  const first = await made.adapters.resolve(TENANT, 'outside');
  assert.equal(await made.adapters.resolve(TENANT, 'outside'), first);
  made.publish(httpConnector('http://127.0.0.1:9/b'));
  const second = await made.adapters.resolve(TENANT, 'outside');
  assert.deepEqual([first.connector.version, second.connector.version], [1, 2]);
  assert.equal(await made.adapters.resolve(TENANT, 'outside', 1), first);
  await assert.rejects(made.adapters.resolve(TENANT, 'nobody'), { code: 'CONNECTOR_UNKNOWN' });
  await assert.rejects(made.adapters.resolve(TENANT, 'outside', 9), { code: 'CONNECTOR_UNKNOWN' });
});

test('a write without declared policies demands approval, however its declaration looks', async (t) => {
  const resources = {
    a: { access: 'write', path: '/a' },
    b: { policies: [] },
    c: { policies: 'x' },
    d: { policies: ['p', 'q'] },
  };
  const made = bench([httpConnector('http://127.0.0.1:9', { resources })]);
  t.after(() => made.adapters.close());
  const { resolved } = await made.open('outside');
  for (const resource of ['a', 'b', 'c', 'missing', '__proto__'])
    assert.deepEqual(resolved.policiesOf({ resource }), ['approval-required'], resource);
  assert.deepEqual(resolved.policiesOf({ resource: 'd' }), ['p', 'q']);
});

test('check lists every problem of a document at once', async (t) => {
  const made = bench([]);
  t.after(() => made.adapters.close());
  const problems = made.adapters.check({
    ...httpConnector('https://user:pw@erp.example/?q=1', {
      adapter: 'erp/http-json',
      settings: {
        allowedHosts: [],
        auth: { kind: 'bearer', secret: 'Not A Name' },
        timeout: 'PT1H',
        headers: { Host: 'x' },
        retries: 3,
      },
      resources: {
        r: { access: 'read', path: '../x', items: 'value', paging: { kind: 'cursor' }, method: 'POST' },
        w: { access: 'write', path: '/w' },
        'a/b': { access: 'write', path: '/{x}', batch: { max: 0 }, idempotency: { kind: 'none' } },
      },
      commands: { c: { method: 'GET', path: '/c', idempotency: { header: 'Authorization' } } },
    }),
  });
  const pointers = problems.map((problem) => problem.pointer);
  for (const pointer of [
    '/settings/allowedHosts',
    '/settings/auth/secret',
    '/settings/timeout',
    '/settings/headers/Host',
    '/settings/retries',
    '/resources/r/path',
    '/resources/r/items',
    '/resources/r/paging/param',
    '/resources/r/paging/next',
    '/resources/r/method',
    '/resources/w/idempotency',
    '/resources/a~1b/batch/max',
    '/commands/c/method',
  ])
    assert.ok(pointers.includes(pointer), `${pointer} in ${pointers.join(' ')}`);
  assert.deepEqual(made.adapters.check({ adapter: 'erp/nothing' })[0]?.pointer, '/adapter');
  const addressed = made.adapters.check(
    httpConnector('https://user:pw@erp.example/', { settings: { allowedHosts: ['erp.example'] } }),
  );
  assert.deepEqual(
    addressed.map((problem) => problem.pointer),
    ['/settings/baseUrl'],
  );
});

test('only-the-factory: nobody else imports an adapter, and nobody but composition the factory', () => {
  const root = join(import.meta.dirname, '..', '..', '..');
  const adapters = BUILT_IN.map((module) => module.name);
  assert.ok(adapters.length >= 3);
  const findings: string[] = [];
  let seen = 0;
  for (const file of globSync(['src/**/*.ts', 'functions/**/*.ts'], { cwd: root })) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const match of source.matchAll(/(import type|import|export)[^'";]*?from\s+'(\.[^']+)'/g)) {
      const target = normalize(join(dirname(file), match[2] as string));
      if (!target.startsWith('src/adapters/')) continue;
      seen += 1;
      const inside = file.startsWith('src/adapters/');
      const concrete = CATEGORIES.some((category) => target.startsWith(`src/adapters/${category}/`));
      const sibling = concrete && dirname(file).startsWith(dirname(target));
      if (concrete && !sibling && file !== 'src/adapters/registry.ts') findings.push(`${file} imports ${target}`);
      const free = target === 'src/adapters/adapter.ts' || match[1] === 'import type';
      if (!inside && !free && !file.startsWith('src/composition/') && !file.startsWith('src/cli/'))
        findings.push(`${file} imports ${target}`);
    }
  }
  assert.ok(seen > 20);
  assert.deepEqual(findings, []);
});
