/**
 * `decide`: over exactly what was read just before, never over a later revision. Without an ID it decides only where nothing
 * is left to choose.
 */
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, quoted, type CliContext, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { readJsonOption } from '../json-option.ts';
import { printJson, printTable } from '../print.ts';
import type { ApprovalPage, ApprovalView } from './approvals.ts';

interface DecideOptions {
  readonly as?: string;
  readonly comment?: string;
  readonly digest?: string;
  readonly values?: string;
}
type Verdict = 'approve' | 'reject';

export function addDecideCommand(program: Command): void {
  program
    .command('decide')
    .argument('[approval]', 'its id; needed unless exactly one waits that you may decide')
    .argument('[decision]', 'approve or reject')
    .usage('[options] [approval] approve|reject')
    .description('approve or reject exactly what stands there now')
    .option('--comment <text>', 'demanded when rejecting')
    .option('--values <json>', 'what its form asks, as JSON, or @file')
    .option('--digest <digest>', 'decide only if the content still has this digest')
    .action((first: string | undefined, second: string | undefined, _options: DecideOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & DecideOptions>();
      const [id, decision] = second === undefined ? [null, first] : [first ?? null, second];
      return decide(id, decision, options, contextOf(options, 'approver'));
    });
}

async function decide(
  named: string | null,
  decision: string | undefined,
  options: DecideOptions,
  context: CliContext,
): Promise<void> {
  if (decision !== 'approve' && decision !== 'reject')
    throw new CliError(
      'usage',
      decision === undefined ? 'No decision was given.' : `${decision} is no decision.`,
      'Say approve or reject.',
    );
  const values = readJsonOption(options.values, '--values', '{"note":"by ship"}');
  const id = named ?? (await onlyOne(decision, options, context));
  const { body: approval } = await call<ApprovalView>(context, 'GET', `/api/v1/approvals/${id}`);
  const digest = options.digest ?? approval.digest;
  if (named === null && !context.json) {
    const { workflow, step, run, reasons, revision } = approval;
    console.log(`To ${decision}: ${workflow}, step ${step}, run ${run} (${reasons.join(', ')})`);
    console.log(`Revision ${revision}, digest ${digest}`);
  }
  const { body } = await call<{ state: string; digest: string; values: ApprovalView['values'] }>(
    context,
    'POST',
    `/api/v1/approvals/${id}/decision`,
    {
      decision,
      revision: approval.revision,
      digest,
      ...(options.comment ? { comment: options.comment } : {}),
      ...(values === undefined ? {} : { values }),
    },
  ).catch((error: unknown) => {
    throw withForm(error, approval);
  });
  if (context.json) return printJson(named === null ? { ...body, ...about(approval) } : body);
  const standing = approval.values === 'given' || (approval.values === 'noted' && values === undefined);
  const before = decision === 'approve' && standing ? approval.content?.values : null;
  if (before) {
    const rows = Object.entries(before).map(([name, value]) => [name, JSON.stringify(value)]);
    printTable(['FIELD', 'VALUE'], rows);
  }
  const what = body.values === 'given' ? 'content and the values' : 'content';
  const beside = body.values === 'noted' ? ' The values are recorded beside it, as information.' : '';
  console.log(`${id}: ${body.state}\nYou decided over the ${what} with digest ${body.digest}.${beside}`);
}

/** The id of the one approval that waits for this account; otherwise nothing is chosen, and what waits is told. */
async function onlyOne(decision: Verdict, options: DecideOptions, context: CliContext): Promise<string> {
  const { items, more } = await waiting(context);
  const [first] = items;
  if (first === undefined)
    throw new CliError(
      'missing',
      'Nothing waits that you may decide.',
      `What waits for others: ${context.command} approvals.`,
    );
  if (items.length === 1 && !more) return first.id;
  const given = (['as', 'comment', 'values', 'digest'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [` --${name} ${quoted(options[name])}`],
  );
  const choices = items.map((item) => ({
    ...about(item),
    approval: item.id,
    digest: item.digest,
    command: `${context.command} decide ${item.id} ${decision}${given.join('')}`,
  }));
  const title = `${choices.length}${more ? ' or more' : ''} approvals wait that you may decide. Nothing was decided.`;
  const lines = choices.map(
    ({ command, workflow, step, reasons }) => `\n${workflow}, step ${step} (${reasons.join(', ')}):\n  ${command}`,
  );
  const next = 'Say which.';
  throw new CliError('usage', `${title}${lines.join('')}`, next, { title, next, choices });
}

/** What the caller may decide. A page may hold none of it, so it is read until there is a choice to make. */
async function waiting(context: CliContext): Promise<{ items: readonly ApprovalView[]; more: boolean }> {
  const items: ApprovalView[] = [];
  let cursor: string | null = null;
  do {
    const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/api/v1/approvals?mine=true&limit=200${at}`;
    const { body }: { body: ApprovalPage } = await call<ApprovalPage>(context, 'GET', path);
    items.push(...body.items);
    ({ cursor } = body);
  } while (cursor !== null && items.length < 2);
  return { items, more: cursor !== null };
}

function about({ run, workflow, step, reasons }: ApprovalView) {
  return { run, workflow, step, reasons };
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
