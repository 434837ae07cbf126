/** The archive that is deployed: readable by others, the same bytes for the same content. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { zip } from '../../infra/package/zip.ts';

/** A reader written from the format, not from the writer: it goes by the directory at the end. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const [packed, size, name, extra, comment] = [20, 24]
      .map((offset) => archive.readUInt32LE(at + offset))
      .concat([28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)));
    const local = archive.readUInt32LE(at + 42);
    const path = archive.toString('utf8', at + 46, at + 46 + (name ?? 0));
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = inflateRawSync(archive.subarray(start, start + (packed ?? 0)));
    assert.equal(content.length, size);
    files.set(path, content);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return files;
}

describe('package', () => {
  it('gives back every file, whatever its name and bytes', () => {
    const file = fc.tuple(fc.stringMatching(/^[a-zé0-9/._-]{1,20}$/), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(fc.array(file, { maxLength: 8 }), (entries) => {
        const files = new Map(entries);
        const read = unzip(zip(files));
        assert.deepEqual([...read.keys()].toSorted(), [...files.keys()].toSorted());
        for (const [name, content] of files)
          assert.deepEqual(new Uint8Array(read.get(name) ?? []), new Uint8Array(content));
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for the same files in another order', () => {
    const [a, b] = [
      ['a.txt', Buffer.from('1')],
      ['b.txt', Buffer.from('2')],
    ] as const;
    assert.deepEqual(zip(new Map([a, b])), zip(new Map([b, a])));
  });
});
