/** Cold load of the built app in fresh processes, without telemetry: from the import to everything registered. */
import { existsSync, globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spread } from './measure.ts';
import { APP, LOCAL, loadBundle } from '../e2e/bundle/load.ts';

const TIMES = 7;

export async function bench(): Promise<object[]> {
  if (!existsSync(APP)) throw new Error('build the app first: npm run build');
  const times = Array.from({ length: TIMES }, () => loadBundle(LOCAL).ms);
  const parts = globSync('app*.mjs', { cwd: dirname(APP) });
  return [
    {
      figure: 'cold load of the bundle',
      unit: 'ms',
      ...spread(times),
      target: '≤ 300',
    },
    {
      figure: 'size of the bundle',
      entryKiB: Math.round(statSync(APP).size / 1024),
      allKiB: Math.round(parts.reduce((sum, name) => sum + statSync(join(dirname(APP), name)).size, 0) / 1024),
    },
  ];
}
