/** The check of the templates: it passes what is there, catches what is broken, and prints findings one can act on. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { check } from '../../src/build/infra-check/check.ts';
import type { Estate, Outcome } from '../../src/build/infra-check/check.ts';
import { line } from '../../src/build/infra-check/finding.ts';
import { readCatalog, readInfra } from '../../src/build/infra-check/main.ts';
import { loadParser } from '../../src/build/infra-check/syntax/parse.ts';
import type { Parse } from '../../src/build/infra-check/syntax/parse.ts';
import { REQUIRED_ON_AZURE } from '../../src/config/required.ts';
import { defects } from './defects.ts';

const catalog = readCatalog();
let parse: Parse;
let estate: Estate;

const run = (files: ReadonlyMap<string, string>): Outcome => check(parse, { ...estate, files });
const changed = (file: string, from: string, to: string): ReadonlyMap<string, string> => {
  const text = estate.files.get(file) ?? '';
  assert.ok(text.includes(from), `${file} holds the text to change: ${from}`);
  return new Map(estate.files).set(file, text.replace(from, to));
};
const lines = (files: ReadonlyMap<string, string>): string[] => run(files).findings.map(line);

before(async () => {
  parse = await loadParser();
  estate = { files: readInfra(), catalog, requiredSettings: REQUIRED_ON_AZURE };
});

describe('infra-check', () => {
  it('finds nothing in the templates as they are', () => {
    const outcome = run(estate.files);
    assert.deepEqual(outcome.findings.map(line), []);
    assert.ok(outcome.checks > 200, `${outcome.checks} checks`);
  });

  it('catches at least 45 of 50 seeded defects and names the rest', (context) => {
    assert.ok(defects.length >= 50);
    assert.equal(new Set(defects.map((defect) => defect.name)).size, defects.length);
    const seeded = defects.filter((defect) => catalog || !defect.needsTypes);
    const missed = seeded.filter((defect) => run(changed(defect.file, defect.from, defect.to)).findings.length === 0);
    const names = missed.map((defect) => defect.name).join(', ') || 'none';
    context.diagnostic(`${seeded.length - missed.length} of ${seeded.length} caught; missed: ${names}`);
    if (!catalog) context.diagnostic('those that need the published types are left out: their file is not here');
    assert.ok(missed.length * 10 <= seeded.length, `missed: ${names}`);
  });

  it(
    'says where and what: a misspelt property gives its file, line, code and the right spelling',
    { skip: !catalog && 'no published types' },
    () => {
      const found = lines(changed('modules/search.bicep', 'partitionCount:', 'partitonCount:'));
      const at =
        (estate.files.get('modules/search.bicep') ?? '')
          .split('\n')
          .findIndex((text) => text.includes('partitionCount:')) + 1;
      assert.ok(
        found.some(
          (text) =>
            text.startsWith(`modules/search.bicep:${at} BCP037 `) && text.includes('did you mean "partitionCount"'),
        ),
        found.join('\n'),
      );
    },
  );

  it('one broken file does not make findings in those that use it', () => {
    const found = lines(
      changed('modules/key-vault.bicep', 'enablePurgeProtection: true', 'enablePurgeProtection true'),
    );
    assert.ok(found.length > 0);
    assert.deepEqual(
      found.filter((text) => !text.startsWith('modules/key-vault.bicep:')),
      [],
    );
  });

  it('an operator before a property does not swallow it: `a && b.missing` is found', () => {
    const found = lines(
      changed(
        'modules/apps.bicep',
        'network.private && !network.publicIngress',
        'network.private && !network.publicEntrance',
      ),
    );
    assert.ok(
      found.some((text) => text.includes('BCP053') && text.includes('publicEntrance')),
      found.join('\n'),
    );
  });

  it('a suppression covers its own line and code only', () => {
    const marked = changed(
      'modules/app.bicep',
      'var hostSettings',
      "#disable-next-line no-unused-vars\nvar spare = 'x'\n\nvar hostSettings",
    );
    assert.deepEqual(lines(marked), []);
    const other = changed(
      'modules/app.bicep',
      'var hostSettings',
      "#disable-next-line no-unused-params\nvar spare = 'x'\n\nvar hostSettings",
    );
    assert.equal(lines(other).length, 1);
  });

  it('a new required setting that the templates do not set is found', () => {
    const outcome = check(parse, { ...estate, requiredSettings: [...REQUIRED_ON_AZURE, 'COUNTERSIGN_NEW'] });
    assert.deepEqual(
      outcome.findings.map((finding) => finding.code),
      ['infra-setting'],
    );
  });

  it('without the published types names, calls and security are still checked', () => {
    const without = { ...estate, catalog: null };
    assert.deepEqual(check(parse, without).findings, []);
    const broken = {
      ...without,
      files: changed('modules/storage-account.bicep', 'allowSharedKeyAccess: false', 'allowSharedKeyAccess: true'),
    };
    assert.equal(check(parse, broken).findings.length, 1);
  });

  it('an alert without a line in the operations guide is found', () => {
    const found = lines(changed('content/alerts.json', '"name": "sweep-behind"', '"name": "sweep-asleep"'));
    assert.ok(
      found.some((text) => text.includes('infra-runbook')),
      found.join('\n'),
    );
  });

  it('a setting that host.json refers to and the templates do not set is found', () => {
    const found = lines(changed('../host.json', '%TASKHUB_NAME%', '%HUB%'));
    assert.ok(
      found.some((text) => text.includes('infra-setting') && text.includes('HUB')),
      found.join('\n'),
    );
  });
});
