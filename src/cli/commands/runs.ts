/** `run`, `runs`, `show`. */
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type CliContext, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { readJsonOption } from '../json-option.ts';
import { ago, due, printJson, printTable, progressLine, span } from '../print.ts';
import { writtenLines } from '../written-lines.ts';

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
/** Long enough for a run to end or to come to a person; whoever is in a hurry says --no-wait. */
const SETTLE_SECONDS = 5;

interface RunOptions {
  readonly input?: string;
  readonly key?: string;
  readonly wait?: boolean;
}

export function addRunCommands(program: Command): void {
  program
    .command('run')
    .argument('<workflow>', 'its id')
    .description(`start a run, and show it once it ends or waits for somebody, or after ${SETTLE_SECONDS} s`)
    .option('--input <json>', 'input as JSON, or @file')
    .option('--key <key>', 'idempotency key: the same key gives the same run')
    .option('--wait', 'wait for the end, however long it takes')
    .option('--no-wait', 'answer as soon as the run is accepted')
    .action(async (workflow: string, options: RunOptions, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const run = await start(context, workflow, options);
      if (context.json) printJson(run);
      else await printRun(context, run);
      if (options.wait && run.state !== 'SUCCEEDED')
        throw new CliError(
          'failed',
          `The run ended ${run.state}.`,
          run.cause?.next ?? `Steps: ${context.command} show ${run.id}`,
        );
    });
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--workflow <id>', 'only of this workflow')
    .option('--state <state>', 'only in this state, such as SUSPENDED')
    .option('--limit <n>', 'at most so many', '20')
    .action(async (options: { workflow?: string; state?: string; limit: string }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const query = new URLSearchParams({
        limit: options.limit,
        ...(options.workflow ? { workflow: options.workflow } : {}),
        ...(options.state ? { state: options.state.toUpperCase() } : {}),
      });
      const { body } = await call<{ items: RunView[]; cursor: string | null }>(context, 'GET', `/api/v1/runs?${query}`);
      if (context.json) return printJson(body);
      if (body.items.length === 0)
        return console.log(`No such run. Start one: ${context.command} run WORKFLOW --input '{…}'`);
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
      if (body.cursor !== null)
        console.error('There are more: raise --limit (at most 200), or narrow by --workflow or --state.');
    });
  program
    .command('show')
    .argument('<run>', 'its id')
    .description('show one run, step by step')
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'starter');
      const { body } = await call<RunView>(context, 'GET', `/api/v1/runs/${encodeURIComponent(id)}`);
      if (context.json) printJson(body);
      else await printRun(context, body);
    });
}

async function start(context: CliContext, workflow: string, options: RunOptions): Promise<RunView> {
  const input = readJsonOption(options.input, '--input', '{"week":"2026-W46"}') ?? {};
  const seconds = options.wait === undefined ? SETTLE_SECONDS : 0;
  const path = `/api/v1/workflows/${encodeURIComponent(workflow)}/runs${seconds > 0 ? `?wait=${seconds}` : ''}`;
  const headers = options.key ? { 'idempotency-key': options.key } : {};
  try {
    const { body } = await call<RunView>(context, 'POST', path, { input }, headers);
    return options.wait ? await waitForEnd(context, body) : body;
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== 'missing') throw error;
    const { body } = await call<{ items: { id: string }[] }>(context, 'GET', '/api/v1/workflows?limit=50');
    const known = body.items.map(({ id }) => id).join(', ');
    const next = known ? `Workflows here: ${known}.` : `Publish one first: ${context.command} apply FILE`;
    throw new CliError('missing', error.message, next, error.body);
  }
}

async function waitForEnd(context: CliContext, begun: RunView): Promise<RunView> {
  const progress = progressLine();
  const leave = (): void => {
    progress.clear();
    process.stderr.write(`The run goes on: ${context.command} show ${begun.id}\n`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  let run = begun;
  while (!ENDED.has(run.state)) {
    progress.show(progressOf(run));
    ({ body: run } = await call<RunView>(context, 'GET', `/api/v1/runs/${run.id}?wait=20&after=${run.auditSeq}`));
  }
  process.off('SIGINT', leave);
  progress.clear();
  return run;
}

function progressOf(run: RunView): string {
  const waits = run.waitingFor[0];
  const done = run.steps?.filter((step) => ENDED.has(step.state) || step.state === 'SKIPPED').length ?? 0;
  const where = waits
    ? ` — waits at ${waits.step} (${waits.approval ? `approval ${waits.approval}` : waits.reason.toLowerCase()})`
    : '';
  return `${run.id} ${run.state} ${done}/${run.steps?.length ?? 0}${where}`;
}

async function printRun(context: CliContext, run: RunView): Promise<void> {
  const times = `started ${ago(run.createdAt)}${run.endedAt === null ? '' : `, took ${span(Date.parse(run.endedAt) - Date.parse(run.createdAt))}`}`;
  console.log(`${run.id}  ${run.workflow}@${run.version}  ${run.state}  ${times}`);
  if (run.steps) {
    printTable(
      ['STEP', 'VERB', 'STATE', 'WHY', 'ATTEMPT', 'TOOK'],
      run.steps.map((step) => [
        step.id,
        step.verb,
        step.state,
        step.error?.code ?? step.reason ?? '',
        step.attempt === 0 ? '' : String(step.attempt),
        step.durationMs === null ? '' : span(step.durationMs),
      ]),
    );
  }
  for (const { step, reason, approval, deadline } of run.waitingFor) {
    const until = deadline === null ? '' : `, until ${due(deadline)}`;
    if (approval === null) console.log(`Waits at ${step} (${reason.toLowerCase()})${until}`);
    else console.log(`Waits at ${step} for an approval${until}:\n  ${context.command} decide ${approval} approve`);
  }
  for (const line of await writtenLines(context, run)) console.log(line);
  if (run.cause) {
    console.log(`${run.cause.code}${run.cause.step ? ` at ${run.cause.step}` : ''}: ${run.cause.next}`);
  }
  if (!ENDED.has(run.state) && run.waitingFor.length === 0)
    console.log(`It goes on: ${context.command} show ${run.id}`);
}
