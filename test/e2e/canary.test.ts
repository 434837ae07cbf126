/**
 * P8: of what people and outside systems put in, not one byte stands in clear in any file or line that the product
 * writes; and the same search finds every kind and every kept place when the sealing is switched off.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CANARY_KINDS } from '../support/canary-kinds.ts';
import { CanaryScan } from '../support/canary.ts';
import { startLeakySystem, type LeakySystem } from './canary/leaky-system.ts';
import { KEPT, makePlants } from './canary/plants.ts';
import { openSite, productSite, type Site } from './canary/site.ts';
import { tellStory } from './canary/story.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const plants = makePlants(SEED);

for (const args of [['--verbose'], ['--verbose', '--json-logs']]) {
  describe(`P8: planted values, started with ${args.join(' ')} (SEED=${SEED})`, () => {
    let site: Site;
    let outside: LeakySystem;
    before(async () => {
      outside = await startLeakySystem(plants);
      site = await productSite(args);
    });
    after(async () => {
      await site.close();
      await outside.stop();
    });

    test('while it runs, while it waits and after its end nothing is found', async () => {
      const chapters: string[] = [];
      await tellStory(site, plants, outside, (chapter) => {
        const scan = new CanaryScan(plants.canaries);
        site.scanAll(scan);
        assert.equal(scan.report(), '', chapter);
        for (const file of ['records.db', 'keys.db', 'secrets.db', 'hub.sqlite', 'what was printed'])
          assert.ok(
            scan.looked.some((name) => name.endsWith(file)),
            `${file} was not looked at: ${scan.looked.join(' ')}`,
          );
        assert.ok(scan.bytes > 200_000, `${scan.bytes} bytes`);
        chapters.push(chapter);
      });
      assert.deepEqual(chapters, ['running', 'suspended', 'ended']);
      const trace = outside.seen.filter(({ headers }) => 'baggage' in headers || 'tracestate' in headers);
      assert.deepEqual(trace, [], 'baggage and tracestate are not passed on');
    });
  });
}

describe(`P8: the same story without sealing (SEED=${SEED})`, () => {
  let site: Site;
  let outside: LeakySystem;
  before(async () => {
    outside = await startLeakySystem(plants);
    site = await openSite();
  });
  after(async () => {
    await site.close();
    await outside.stop();
  });

  test('the search finds all 30 kinds and every place whose text is kept', async () => {
    let found: readonly string[] = [];
    await tellStory(site, plants, outside, (chapter) => {
      if (chapter !== 'ended') return;
      const scan = new CanaryScan(plants.canaries);
      site.scanAll(scan);
      found = scan.kinds();
    });
    for (const kind of Object.keys(CANARY_KINDS)) assert.ok(found.includes(kind), `${kind} was not found`);
    const unseen = KEPT.filter((place) => !found.includes(`at ${place}`));
    assert.deepEqual(unseen, [], 'planted at these places, kept, and not found');
  });
});
