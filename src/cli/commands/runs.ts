/** `run`, `runs`, `show`. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type CliContext, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { ago, printJson, printTable, progressLine } from '../print.ts';

export interface RunView {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly state: string;
  readonly attempt: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly auditSeq: number;
  readonly cause: { readonly code: string; readonly step: string | null; readonly next: string } | null;
  readonly waitingFor: readonly {
    readonly step: string;
    readonly reason: string;
    readonly approval: string | null;
    readonly deadline: string | null;
  }[];
  readonly steps?: readonly {
    readonly id: string;
    readonly verb: string;
    readonly state: string;
    readonly reason: string | null;
    readonly attempt: number;
    readonly durationMs: number | null;
    readonly error: { readonly code: string; readonly next: string } | null;
  }[];
}

const ENDED = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

export function addRunCommands(program: Command): void {
  program
    .command('run <workflow>')
    .description('start a run')
    .option('--input <json>', 'input as JSON, or @file')
    .option('--key <key>', 'idempotency key: the same key gives the same run')
    .option('--wait', 'wait for the end')
    .action(async (workflow: string, options: { input?: string; key?: string; wait?: boolean }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const { body } = await call<RunView>(
        context,
        'POST',
        `/api/v1/workflows/${workflow}/runs`,
        { input: readInput(options.input) },
        options.key ? { 'idempotency-key': options.key } : {},
      );
      const run = options.wait ? await waitForEnd(context, body) : body;
      if (context.json) printJson(run);
      else printRun(run);
      if (options.wait && run.state !== 'SUCCEEDED')
        throw new CliError(
          'failed',
          `The run ended ${run.state}.`,
          run.cause?.next ?? 'Look at its steps with `countersign show`.',
        );
    });
  program
    .command('runs')
    .description('runs, newest first')
    .option('--workflow <id>')
    .option('--state <state>')
    .option('--limit <n>', 'at most so many', '20')
    .action(async (options: { workflow?: string; state?: string; limit: string }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const query = new URLSearchParams({
        limit: options.limit,
        ...(options.workflow ? { workflow: options.workflow } : {}),
        ...(options.state ? { state: options.state } : {}),
      });
      const { body } = await call<{ items: RunView[]; cursor: string | null }>(context, 'GET', `/api/v1/runs?${query}`);
      if (context.json) return printJson(body);
      printTable(
        ['RUN', 'WORKFLOW', 'STATE', 'WAITS FOR', 'STARTED'],
        body.items.map((run) => [
          run.id,
          `${run.workflow}@${run.version}`,
          run.state,
          run.waitingFor.map(({ step, reason }) => `${step} (${reason.toLowerCase()})`).join(', '),
          ago(run.createdAt),
        ]),
      );
    });
  program
    .command('show <run>')
    .description('one run, step by step')
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const { body } = await call<RunView>(context, 'GET', `/api/v1/runs/${id}`);
      if (context.json) printJson(body);
      else printRun(body);
    });
}

async function waitForEnd(context: CliContext, begun: RunView): Promise<RunView> {
  const progress = progressLine();
  let run = begun;
  while (!ENDED.has(run.state)) {
    const waits = run.waitingFor[0];
    const done = run.steps?.filter((step) => ENDED.has(step.state) || step.state === 'SKIPPED').length ?? 0;
    progress.show(
      `${run.id} ${run.state} ${done}/${run.steps?.length ?? 0}${waits ? ` — waits at ${waits.step} (${waits.reason.toLowerCase()}${waits.approval ? ` ${waits.approval}` : ''})` : ''}`,
    );
    ({ body: run } = await call<RunView>(context, 'GET', `/api/v1/runs/${run.id}?wait=20&after=${run.auditSeq}`));
  }
  progress.clear();
  return run;
}

function printRun(run: RunView): void {
  console.log(
    `${run.id}  ${run.workflow}@${run.version}  ${run.state}${run.cause ? `  ${run.cause.code}${run.cause.step ? ` at ${run.cause.step}` : ''}` : ''}`,
  );
  if (run.steps) {
    printTable(
      ['STEP', 'VERB', 'STATE', 'REASON', 'ATTEMPT', 'MS'],
      run.steps.map((step) => [
        step.id,
        step.verb,
        step.state,
        step.reason ?? step.error?.code ?? '',
        String(step.attempt),
        step.durationMs === null ? '' : String(step.durationMs),
      ]),
    );
  }
  for (const { step, reason, approval, deadline } of run.waitingFor) {
    console.log(
      `waits at ${step}: ${reason.toLowerCase()}${approval ? ` ${approval}` : ''}${deadline ? `, until ${deadline}` : ''}`,
    );
  }
  if (run.cause) console.log(run.cause.next);
}

function readInput(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
  } catch (error) {
    throw new CliError(
      'usage',
      `The input cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'Pass JSON such as --input \'{"week":"2026-W46"}\', or --input @file.json.',
    );
  }
}
