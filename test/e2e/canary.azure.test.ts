/** P8 on the Azure platform: the same planted values, and not one of them in a store, a request, a mail or an export. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CanaryScan } from '../support/canary.ts';
import { azureSite } from './canary/azure-site.ts';
import { startLeakySystem, type LeakySystem } from './canary/leaky-system.ts';
import { makePlants } from './canary/plants.ts';
import { tellStory } from './canary/story.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const plants = makePlants(SEED);

describe(`P8: planted values on Azure (SEED=${SEED})`, () => {
  let site: Awaited<ReturnType<typeof azureSite>>;
  let outside: LeakySystem;
  before(async () => {
    outside = await startLeakySystem(plants);
    site = await azureSite();
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
      for (const place of [
        'cosmos runs',
        'cosmos catalog',
        'cosmos work',
        'blob name',
        'request to graph',
        'telemetry',
      ])
        assert.ok(scan.looked.includes(place) || chapter === 'running', `${place} was not looked at`);
      chapters.push(chapter);
    });
    assert.deepEqual(chapters, ['running', 'suspended', 'ended']);
  });

  test('what was sent as telemetry is looked at when all of it has arrived', async () => {
    await site.close();
    const text = JSON.stringify(site.exported);
    assert.ok(site.exported.length > 50, `${site.exported.length} envelopes`);
    for (const word of ['run.started', 'countersign.step', 'countersign.store.calls'])
      assert.ok(text.includes(word), word);
    const scan = new CanaryScan(plants.canaries);
    scan.text('telemetry', text);
    assert.equal(scan.report(), '');
  });

  test('the search finds a value that is planted where nobody seals it', async () => {
    const scan = new CanaryScan(plants.canaries);
    scan.text('a mail', JSON.stringify({ body: plants.text('input') }));
    assert.ok(scan.kinds().length > 20);
  });
});
