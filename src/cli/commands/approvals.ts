/** `approvals`, `decide`. */
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
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
}

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
        ['APPROVAL', 'WORKFLOW', 'STEP', 'WHY', 'UNTIL', 'YOURS'],
        body.items.map((item) => [
          item.id,
          item.workflow,
          item.step,
          item.reasons.join(', '),
          item.dueAt ?? '',
          item.mayDecide ? 'yes' : 'no',
        ]),
      );
    });
  program
    .command('decide <approval> <decision>')
    .description('approve or reject exactly what stands there now')
    .option('--comment <text>', 'demanded when rejecting')
    .option('--digest <digest>', 'decide only if the content still has this digest')
    .action(async (id: string, decision: string, options: { comment?: string; digest?: string }, command: Command) => {
      if (decision !== 'approve' && decision !== 'reject')
        throw new CliError('usage', `${decision} is no decision.`, 'Say approve or reject.');
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'approver');
      const { body: approval } = await call<ApprovalView>(context, 'GET', `/api/v1/approvals/${id}`);
      const { body } = await call<{ state: string; digest: string }>(
        context,
        'POST',
        `/api/v1/approvals/${id}/decision`,
        {
          decision,
          revision: approval.revision,
          digest: options.digest ?? approval.digest,
          ...(options.comment ? { comment: options.comment } : {}),
        },
      );
      if (context.json) return printJson(body);
      console.log(`${id}: ${body.state}\nYou decided over the content with digest ${body.digest}.`);
    });
}
