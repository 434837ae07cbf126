// Deploys the registration in Entra and keeps what it tells in the azd environment. Used by both hooks.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const shell = process.platform === 'win32';

export function run(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8', shell });
  if (done.status !== 0)
    throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${done.stderr || done.error?.message}`);
  return done.stdout;
}

export function remember(name, value) {
  run('azd', ['env', 'set', name, value]);
}

/** Registers the API, or brings its registration up to date; returns its client id. */
export function register() {
  const parameters = join(import.meta.dirname, '..', 'entra', 'main.bicepparam');
  const name = `countersign-entra-${process.env.AZURE_ENV_NAME}`;
  const location = process.env.AZURE_LOCATION ?? '';
  const query = ['--query', 'properties.outputs', '--output', 'json'];
  const shown = run('az', [
    'deployment',
    'sub',
    'create',
    '--name',
    name,
    '--location',
    location,
    '--parameters',
    parameters,
    ...query,
  ]);
  const found = Object.entries(JSON.parse(shown)).find(([key]) => key.toUpperCase() === 'COUNTERSIGN_AUDIENCE');
  if (!found?.[1]?.value) throw new Error('the registration gave no client id');
  return found[1].value;
}
