// Before azd provisions: registers the API in Entra unless that was done, and fixes the first day of the budget.
// Both are remembered in the azd environment, so that later runs change nothing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const shell = process.platform === 'win32';

function run(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8', shell });
  if (done.status !== 0)
    throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${done.stderr || done.error?.message}`);
  return done.stdout;
}

if (!process.env.COUNTERSIGN_BUDGET_START)
  run('azd', ['env', 'set', 'COUNTERSIGN_BUDGET_START', `${new Date().toISOString().slice(0, 7)}-01`]);

if (!process.env.COUNTERSIGN_AUDIENCE) {
  const parameters = join(import.meta.dirname, '..', 'entra', 'main.bicepparam');
  const name = `countersign-entra-${process.env.AZURE_ENV_NAME}`;
  const shown = run('az', [
    'deployment',
    'sub',
    'create',
    '--name',
    name,
    '--location',
    process.env.AZURE_LOCATION ?? '',
    '--parameters',
    parameters,
    '--query',
    'properties.outputs',
    '--output',
    'json',
  ]);
  const audience = Object.entries(JSON.parse(shown)).find(([key]) => key.toUpperCase() === 'COUNTERSIGN_AUDIENCE')?.[1]
    ?.value;
  if (!audience) throw new Error('the registration gave no client id');
  run('azd', ['env', 'set', 'COUNTERSIGN_AUDIENCE', audience]);
}
