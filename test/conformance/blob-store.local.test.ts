/** Blobs as files: the suite, and what only files can be asked. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import { localBlobStore } from '../../src/platform/local/blob-store.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { blobStoreSuite } from './blob-store.suite.ts';

blobStoreSuite('files', async (t) => localBlobStore(join(temporaryFolder(t), 'blobs')));

test('blobs are private files, and no draft of one stays behind', async (t) => {
  const folder = join(temporaryFolder(t), 'blobs');
  const blobs = localBlobStore(folder);
  await blobs.put(tenantId('tenant-a'), 'run/r1/x', Buffer.from('x'));
  await assert.rejects(blobs.put(tenantId('tenant-a'), 'run/r1/x', Buffer.from('y')), { code: 'EXISTS' });
  const files = readdirSync(folder, { recursive: true }) as string[];
  assert.deepEqual(files.sort(), ['tenant-a', 'tenant-a/run', 'tenant-a/run/r1', 'tenant-a/run/r1/x']);
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file);
});
