/** Cold load of the built app in fresh processes, without telemetry: from the import to everything registered. */
import { existsSync, globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { APP, LOCAL, loadBundle } from '../e2e/bundle/load.ts';

const TIMES = 7;

export async function bench(): Promise<object[]> {
  if (!existsSync(APP)) throw new Error('build the app first: npm run build');
  const times = Array.from({ length: TIMES }, () => loadBundle(LOCAL).ms).sort((a, b) => a - b);
  const parts = globSync('app*.mjs', { cwd: dirname(APP) });
  return [
    {
      figure: 'cold load of the bundle',
      ms: Math.round(times[Math.floor(TIMES / 2)] ?? 0),
      fastest: Math.round(times[0] ?? 0),
      slowest: Math.round(times.at(-1) ?? 0),
      target: '<= 300 ms',
    },
    {
      figure: 'size of the bundle',
      entryKiB: Math.round(statSync(APP).size / 1024),
      allKiB: Math.round(parts.reduce((sum, name) => sum + statSync(join(dirname(APP), name)).size, 0) / 1024),
    },
  ];
}
