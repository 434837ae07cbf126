/** The OpenAPI document: every route is in it, everything that it names exists, and generators can read it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openApiDocument } from '../../../src/contract/openapi.ts';
import { PROBLEMS } from '../../../src/contract/problems.ts';
import { ROUTES } from '../../../src/contract/routes/all.ts';

type Node = Record<string, any>;
const document: Node = openApiDocument('https://example.test', '1.2.3');
const operations = Object.entries(document['paths'] as Node).flatMap(([path, methods]) =>
  Object.entries(methods as Node).map(([method, operation]) => ({ path, method, operation: operation as Node })),
);

/** Every `$ref` below a value. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === '$ref' ? [String(member)] : refsOf(member)));
}

describe('the OpenAPI document', () => {
  test('every route is one operation under its own name, and there is no other', () => {
    assert.equal(document['openapi'], '3.1.0');
    assert.deepEqual(
      operations
        .map(({ path, method, operation }) => `${operation['operationId']} ${method.toUpperCase()} ${path}`)
        .sort(),
      ROUTES.map(({ id, method, path }) => `${id} ${method} /${path}`).sort(),
    );
  });

  test('every reference leads to a component, and every component is used', () => {
    const components = Object.keys(document['components'].schemas).map((name) => `#/components/schemas/${name}`);
    assert.deepEqual([...new Set(refsOf(document))].toSorted(), components.toSorted());
  });

  test('parameters of a path are those in the path; every operation says who may, and how it fails', () => {
    const tags = (document['tags'] as Node[]).map(({ name }) => name);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = ((operation['parameters'] ?? []) as Node[]).filter((each) => each['in'] === 'path');
      assert.deepEqual(declared.map(({ name }) => name).toSorted(), inPath.toSorted(), path);
      assert.ok(tags.includes(operation['tags'][0]), `${operation['operationId']}: tag without a description`);
      assert.ok(operation['summary'].length > 5 && operation['description'].length > 5);
      const statuses = Object.keys(operation['responses']);
      assert.ok(statuses.some((status) => /^[23]/.test(status)) && statuses.includes('400'), operation['operationId']);
      if (!('security' in operation)) for (const status of ['401', '403']) assert.ok(statuses.includes(status), path);
    }
  });

  test('codes of problems are the closed list; headers that callers rely on are named', () => {
    assert.deepEqual(document['components'].schemas.Problem.properties.code.enum, Object.keys(PROBLEMS));
    const start = operations.find(({ operation }) => operation['operationId'] === 'startRun')?.operation as Node;
    assert.deepEqual(Object.keys(start['responses']['202'].headers), ['Location', 'Idempotent-Replay']);
    const taken = (start['parameters'] as Node[]).filter((each) => each['in'] === 'header').map(({ name }) => name);
    assert.deepEqual(taken, ['Idempotency-Key', 'traceparent']);
    const get = operations.find(({ operation }) => operation['operationId'] === 'getWorkflow')?.operation as Node;
    assert.ok('ETag' in get['responses']['200'].headers);
  });
});
