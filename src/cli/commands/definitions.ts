/** `validate`, `apply`. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { printJson, printTable } from '../print.ts';

interface ProblemView {
  readonly code: string;
  readonly pointer: string;
  readonly message: string;
  readonly suggestion?: string;
  readonly line?: number;
}

export function addDefinitionCommands(program: Command): void {
  program
    .command('validate <file...>')
    .description('all problems of definition files, against what the service holds')
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'owner');
      const files = filesOf(paths);
      const { body } = await call<{ problems: ProblemView[] }>(context, 'POST', '/api/v1/definitions/validate', {
        texts: files.map((file) => readFileSync(file, 'utf8')),
      });
      if (context.json) printJson(body);
      else
        for (const problem of body.problems)
          console.log(
            `${fileOf(files, problem)}${problem.line ? `:${problem.line}` : ''} ${problem.pointer} ${problem.code}: ${problem.message}${problem.suggestion ? ` — ${problem.suggestion}` : ''}`,
          );
      if (body.problems.length > 0)
        throw new CliError(
          'failed',
          `${body.problems.length} problem${body.problems.length === 1 ? '' : 's'}.`,
          'Correct them and validate again.',
        );
      if (!context.json) console.log(`${files.length} file${files.length === 1 ? '' : 's'}: no problems.`);
    });
  program
    .command('apply <path...>')
    .description('publish definition files or folders: all of them or none')
    .option('--dry-run', 'say what would change')
    .action(async (paths: string[], options: { dryRun?: boolean }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'owner');
      const files = filesOf(paths);
      const { body } = await call<{
        warnings?: string[];
        results: { kind: string; id: string; version: number; outcome: string }[];
      }>(context, 'POST', `/api/v1/definitions${options.dryRun ? '?dryRun=true' : ''}`, {
        texts: files.map((file) => readFileSync(file, 'utf8')),
      });
      if (context.json) return printJson(body);
      printTable(
        ['KIND', 'ID', 'VERSION', 'OUTCOME'],
        body.results.map((result) => [result.kind, result.id, String(result.version), result.outcome]),
      );
      for (const warning of body.warnings ?? []) console.error(`Warning: ${warning}`);
    });
}

function filesOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    try {
      if (!statSync(path).isDirectory()) return [path];
    } catch {
      throw new CliError('usage', `${path} does not exist.`, 'Name a file or a folder.');
    }
    return globSync('**/*.{yaml,yml,json}', { cwd: path })
      .sort()
      .map((file) => join(path, file));
  });
  if (files.length === 0)
    throw new CliError(
      'usage',
      'There are no definition files there.',
      'Definition files end in .yaml, .yml or .json.',
    );
  return files;
}

/** With several files only problems of the text itself say which one they are in; all others name their document. */
function fileOf(files: readonly string[], problem: ProblemView): string {
  if (files.length === 1) return files[0] ?? '';
  const text = /^text (\d+)/.exec(problem.pointer)?.[1];
  return text === undefined ? '' : (files[Number(text) - 1] ?? '');
}
