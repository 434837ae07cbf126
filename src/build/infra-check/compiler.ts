/**
 * The real compiler, where there is one: `bicep` or `az bicep` builds every template and parameter file, and so lints it by
 * our `bicepconfig.json`. Nothing is restored, so that a check needs no network: a file whose extension was never restored on
 * this machine is left out, and said.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface CompilerRun {
  readonly name: string;
  readonly checks: number;
  readonly failures: readonly string[];
  /** Files that need something from a registry that this machine does not hold. */
  readonly leftOut: readonly string[];
}

const PROGRAMS = [
  { command: 'bicep', prefix: [], probe: ['--version'], file: [] },
  { command: 'az', prefix: ['bicep'], probe: ['bicep', 'version'], file: ['--file'] },
] as const;
/** "has not been restored" */
const NOT_RESTORED = /\bBCP190\b/;
/** Stand for what a user exports before deploying, where the scenario takes no default. */
const EXPORTED = { COUNTERSIGN_AUDIENCE: '00000000-0000-0000-0000-000000000000' };

/** Null when neither program is on the path. A warning counts as a failure, as the bar is zero of both. */
export async function compile(folder: string, paths: readonly string[]): Promise<CompilerRun | null> {
  let found: (typeof PROGRAMS)[number] | null = null;
  for (const program of PROGRAMS) if (found === null && (await run(program.command, program.probe)).ok) found = program;
  if (found === null) return null;
  const { command, prefix, file } = found;
  const failures: string[] = [];
  const leftOut: string[] = [];
  const waiting = [...paths];
  async function worker(): Promise<void> {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const verb = path.endsWith('param') ? 'build-params' : 'build';
      const { ok, said } = await run(command, [
        ...prefix,
        verb,
        ...file,
        join(folder, path),
        '--no-restore',
        '--stdout',
      ]);
      if (said.some((line) => NOT_RESTORED.test(line))) leftOut.push(path);
      else if (said.length > 0) failures.push(...said);
      else if (!ok) failures.push(`${path}: ${verb} failed and said nothing`);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const name = [command, ...prefix].join(' ');
  return { name, checks: paths.length - leftOut.length, failures: [...new Set(failures)].toSorted(), leftOut };
}

/** How it ended, and the diagnostics that it printed. */
function run(command: string, args: readonly string[]): Promise<{ ok: boolean; said: string[] }> {
  return new Promise((resolve) => {
    const env = { ...EXPORTED, ...process.env };
    execFile(command, args, { encoding: 'utf8', env, maxBuffer: 64 << 20 }, (error, _stdout, stderr) => {
      resolve({ ok: error === null, said: stderr.split('\n').filter((line) => /\b(Error|Warning)\b/.test(line)) });
    });
  });
}
