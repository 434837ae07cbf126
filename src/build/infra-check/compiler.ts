/** The real compiler, where there is one: `bicep` or `az bicep` builds and lints every template and parameter file. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface CompilerRun {
  readonly name: string;
  readonly checks: number;
  readonly failures: readonly string[];
}

/** Null when neither program is on the path. A warning counts as a failure, as the bar is zero of both. */
export function compile(folder: string, templates: readonly string[]): CompilerRun | null {
  const program = [['bicep'], ['az', 'bicep']].find(
    ([command, ...args]) =>
      spawnSync(command ?? '', [...args, command === 'az' ? 'version' : '--version'], { encoding: 'utf8' }).status ===
      0,
  );
  if (!program) return null;
  const [command = '', ...prefix] = program;
  const isAz = command === 'az';
  const failures: string[] = [];
  let checks = 0;
  for (const path of templates) {
    const file = join(folder, path);
    const verbs = path.endsWith('param') ? ['build-params'] : ['build', 'lint'];
    for (const verb of verbs) {
      const args = [...prefix, verb, ...(isAz ? ['--file', file] : [file]), ...(verb === 'lint' ? [] : ['--stdout'])];
      const run = spawnSync(command, args, { encoding: 'utf8' });
      const said = `${run.stderr}\n${verb === 'lint' ? run.stdout : ''}`
        .split('\n')
        .filter((text) => /\b(Error|Warning)\b/.test(text));
      checks += 1;
      if (run.status !== 0 || said.length > 0)
        failures.push(...(said.length > 0 ? said : [`${path}: ${verb} ended with ${run.status}`]));
    }
  }
  return { name: program.join(' '), checks, failures };
}
