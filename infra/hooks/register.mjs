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
  const { AZURE_ENV_NAME, AZURE_LOCATION, AZURE_SUBSCRIPTION_ID } = process.env;
  if (!AZURE_LOCATION) throw new Error('no region yet: azd env set AZURE_LOCATION <region>, then again');
  const args = ['deployment', 'sub', 'create', '--name', `countersign-entra-${AZURE_ENV_NAME}`];
  args.push('--location', AZURE_LOCATION);
  args.push('--parameters', join(import.meta.dirname, '..', 'entra', 'main.bicepparam'));
  // The one that azd deploys to, whichever the Azure CLI has chosen.
  if (AZURE_SUBSCRIPTION_ID) args.push('--subscription', AZURE_SUBSCRIPTION_ID);
  args.push('--query', 'properties.outputs', '--output', 'json');
  const found = Object.entries(JSON.parse(run('az', args))).find(
    ([key]) => key.toUpperCase() === 'COUNTERSIGN_AUDIENCE',
  );
  if (!found?.[1]?.value) throw new Error('the registration gave no client id');
  return found[1].value;
}
