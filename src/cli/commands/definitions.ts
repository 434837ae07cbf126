/** `validate`, `apply`. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { FieldError } from '../../contract/problems.ts';
import { call } from '../client.ts';
import { contextOf, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { printJson, printTable } from '../print.ts';
import { errorLines } from '../problem-text.ts';

export function addDefinitionCommands(program: Command): void {
  program
    .command('validate')
    .argument('<path...>', 'files or folders')
    .description('tell all problems of definition files, against what the service holds')
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'owner');
      const files = filesOf(paths);
      const { body } = await call<{ problems: FieldError[]; warnings: string[] }>(
        context,
        'POST',
        '/api/v1/definitions/validate',
        { texts: files.map(textOf) },
      );
      if (context.json) printJson(body);
      else for (const line of errorLines(body.problems, files)) console.log(line);
      if (body.problems.length > 0)
        throw new CliError(
          'failed',
          `${counted(body.problems.length, 'problem')}.`,
          'Correct them and validate again.',
        );
      if (context.json) return;
      console.log(`${counted(files.length, 'file')}: no problems.`);
      for (const warning of body.warnings) console.error(`Warning: ${warning}`);
    });
  program
    .command('apply')
    .argument('<path...>', 'files or folders')
    .description('publish definition files: all of them or none')
    .option('--dry-run', 'say what would change')
    .action(async (paths: string[], options: { dryRun?: boolean }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'owner');
      const files = filesOf(paths);
      const { body } = await call<{
        warnings?: string[];
        results: { kind: string; id: string; version: number; outcome: string }[];
      }>(
        context,
        'POST',
        `/api/v1/definitions${options.dryRun ? '?dryRun=true' : ''}`,
        { texts: files.map(textOf) },
        {},
        files,
      );
      if (context.json) return printJson(body);
      printTable(
        ['KIND', 'ID', 'VERSION', options.dryRun ? 'WOULD BE' : 'OUTCOME'],
        body.results.map((result) => [result.kind, result.id, String(result.version), result.outcome]),
      );
      for (const warning of body.warnings ?? []) console.error(`Warning: ${warning}`);
    });
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(
      'usage',
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name a readable file.',
    );
  }
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
