/** Can everybody read the page: every pair of colours that text uses, in light and dark, against WCAG AA. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STYLE } from '../../../src/app/approval-page/style.ts';

const [light = '', dark = ''] = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map((match) => match[1] ?? '');

function colours(block: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):(#[0-9a-f]{3,6})/g)].map((match) => [match[1], match[2]]));
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? `#${hex.slice(1).replaceAll(/./g, '$&$&')}` : hex;
  const channels = [1, 3, 5].map((at) => Number.parseInt(full.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['soft', 'paper'],
  ['soft', 'card'],
  ['seal', 'paper'],
  ['seal-ink', 'seal'],
  ['stop', 'paper'],
  ['stop', 'card'],
  ['mark', 'card'],
  ['mark', 'paper'],
  ['warn-ink', 'warn'],
] as const;

for (const [scheme, block] of [
  ['light', light],
  ['dark', dark],
] as const) {
  test(`text is readable in the ${scheme} scheme: at least 4.5 to 1`, () => {
    const named = colours(block);
    for (const [fore, back] of TEXT) {
      const ratio = contrast(named[fore] ?? '', named[back] ?? '');
      assert(ratio >= 4.5, `${fore} on ${back}: ${ratio.toFixed(2)}`);
    }
  });
}

test('contrast is computed as WCAG says', () => {
  assert.equal(contrast('#000', '#fff').toFixed(1), '21.0');
  assert.equal(contrast('#777777', '#ffffff').toFixed(2), '4.48');
});
