/** Options of the verification, all problems at once. Pure. */
export const stages = ['what-if', 'deploy', 'smoke', 'logs', 'restarts', 'cost'] as const;
export type Stage = (typeof stages)[number];

export interface Options {
  readonly environment: string;
  readonly location: string;
  readonly scenario: 'minimal' | 'standard' | 'private';
  readonly stages: readonly Stage[];
  readonly runs: number;
  readonly restarts: number;
}

export const usage = `usage: verify-azure --environment NAME --location REGION [--scenario minimal|standard|private]
  [--only ${stages.join(',')}] [--runs 500] [--restarts 100]
Needs the Azure CLI, signed in to a subscription in which you may create resources and role assignments.
The token for the API comes from COUNTERSIGN_TOKEN, else from \`az account get-access-token\`.`;

const scenarios = ['minimal', 'standard', 'private'] as const;

export function readOptions(args: readonly string[]): { options: Options } | { problems: readonly string[] } {
  const problems: string[] = [];
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    const [name = '', value] = [args[i], args[i + 1]];
    if (!/^--(environment|location|scenario|only|runs|restarts)$/.test(name)) problems.push(`unknown option ${name}`);
    else if (value === undefined || value.startsWith('--')) problems.push(`${name} needs a value`);
    else given.set(name.slice(2), value);
  }
  const environment = given.get('environment') ?? '';
  if (!/^[a-z0-9-]{3,20}$/.test(environment))
    problems.push('--environment: 3 to 20 lower-case letters, digits or hyphens');
  const location = given.get('location') ?? '';
  if (!/^[a-z0-9]+$/.test(location)) problems.push('--location: the name of a region, such as westeurope');
  const scenario = scenarios.find((one) => one === (given.get('scenario') ?? 'minimal'));
  if (!scenario) problems.push(`--scenario: ${scenarios.join(', ')}`);
  const only = given.get('only')?.split(',') ?? [...stages];
  const chosen = stages.filter((stage) => only.includes(stage));
  if (chosen.length !== only.length) problems.push(`--only: ${stages.join(', ')}`);
  const count = (name: string, fallback: number, most: number): number => {
    const value = Number(given.get(name) ?? fallback);
    if (!Number.isInteger(value) || value < 1 || value > most) problems.push(`--${name}: 1 to ${most}`);
    return value;
  };
  const [runs, restarts] = [count('runs', 500, 10_000), count('restarts', 100, 1000)];
  if (problems.length > 0 || !scenario) return { problems };
  return { options: { environment, location, scenario, stages: chosen, runs, restarts } };
}
