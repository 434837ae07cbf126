/** `approvals`, `decide`. */
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type CliContext, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { readJsonOption } from '../json-option.ts';
import { printJson, printTable } from '../print.ts';

interface ApprovalView {
  readonly id: string;
  readonly workflow: string;
  readonly step: string;
  readonly state: string;
  readonly revision: number;
  readonly digest: string;
  readonly reasons: readonly string[];
  readonly dueAt: string | null;
  readonly mayDecide: boolean;
  readonly values: 'none' | 'asked' | 'given';
  /** Both of one approval only. */
  readonly content?: { readonly values: Readonly<Record<string, unknown>> | null } | null;
  readonly form?: {
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, unknown>>;
  } | null;
}

/** What the table says about form values. */
const FORM = { none: '', asked: 'to fill in', given: 'filled in' } as const;

export function addApprovalCommands(program: Command): void {
  program
    .command('approvals')
    .description('what waits for a person')
    .option('--mine', 'only what you may decide')
    .action(async (options: { mine?: boolean }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'approver');
      const { body } = await call<{ items: ApprovalView[] }>(
        context,
        'GET',
        `/api/v1/approvals${options.mine ? '?mine=true' : ''}`,
      );
      if (context.json) return printJson(body);
      if (body.items.length === 0) return console.log('Nothing waits.');
      printTable(
        ['APPROVAL', 'WORKFLOW', 'STEP', 'WHY', 'FORM', 'UNTIL', 'YOURS'],
        body.items.map((item) => [
          item.id,
          item.workflow,
          item.step,
          item.reasons.join(', '),
          FORM[item.values],
          item.dueAt ?? '',
          item.mayDecide ? 'yes' : 'no',
        ]),
      );
    });
  program
    .command('decide <approval> <decision>')
    .description('approve or reject exactly what stands there now')
    .option('--comment <text>', 'demanded when rejecting')
    .option('--values <json>', 'what its form asks, as JSON, or @file')
    .option('--digest <digest>', 'decide only if the content still has this digest')
    .action((id: string, decision: string, options: DecideOptions, command: Command) =>
      decide(id, decision, options, contextOf(command.optsWithGlobals<GlobalOptions>(), 'approver')),
    );
}

interface DecideOptions {
  readonly comment?: string;
  readonly digest?: string;
  readonly values?: string;
}

async function decide(id: string, decision: string, options: DecideOptions, context: CliContext): Promise<void> {
  if (decision !== 'approve' && decision !== 'reject')
    throw new CliError('usage', `${decision} is no decision.`, 'Say approve or reject.');
  const values = readJsonOption(options.values, '--values', '{"note":"by ship"}');
  const { body: approval } = await call<ApprovalView>(context, 'GET', `/api/v1/approvals/${id}`);
  const { body } = await call<{ state: string; digest: string; values: ApprovalView['values'] }>(
    context,
    'POST',
    `/api/v1/approvals/${id}/decision`,
    {
      decision,
      revision: approval.revision,
      digest: options.digest ?? approval.digest,
      ...(options.comment ? { comment: options.comment } : {}),
      ...(values === undefined ? {} : { values }),
    },
  ).catch((error: unknown) => {
    throw withForm(error, approval);
  });
  if (context.json) return printJson(body);
  const before = decision === 'approve' && approval.values === 'given' ? approval.content?.values : null;
  if (before) {
    const rows = Object.entries(before).map(([name, value]) => [name, JSON.stringify(value)]);
    printTable(['FIELD', 'VALUE'], rows);
  }
  const what = body.values === 'given' ? 'content and the values' : 'content';
  console.log(`${id}: ${body.state}\nYou decided over the ${what} with digest ${body.digest}.`);
}

/** Says how the fields that were found wanting are passed here. */
function withForm(error: unknown, { form, values }: ApprovalView): unknown {
  const refused = error instanceof CliError && (error.body as { code?: string } | null)?.code === 'INVALID_VALUES';
  if (!refused || values !== 'asked') return error;
  const needed = form?.required ?? [];
  const fields = (needed.length > 0 ? needed : Object.keys(form?.properties ?? {})).map((name) => `"${name}":…`);
  return new CliError(
    error.exit,
    error.message,
    `Pass --values '{${fields.join(',')}}', or --values @file.json.`,
    error.body,
  );
}
