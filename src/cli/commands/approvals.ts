/** `approvals`. */
import type { Command } from 'commander';
import { call } from '../client.ts';
import { contextOf, type GlobalOptions } from '../context.ts';
import { printJson, printTable } from '../print.ts';

export interface ApprovalView {
  readonly id: string;
  readonly run: string;
  readonly workflow: string;
  readonly step: string;
  readonly state: string;
  readonly revision: number;
  readonly digest: string;
  readonly reasons: readonly string[];
  readonly dueAt: string | null;
  readonly mayDecide: boolean;
  readonly values: 'none' | 'asked' | 'given' | 'noted';
  /** Both of one approval only. */
  readonly content?: { readonly values: Readonly<Record<string, unknown>> | null } | null;
  readonly form?: {
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, unknown>>;
  } | null;
}

export interface ApprovalPage {
  readonly items: readonly ApprovalView[];
  readonly cursor: string | null;
}

/** What the table says about form values. */
const FORM = { none: '', asked: 'to fill in', given: 'filled in', noted: 'filled in, as information' } as const;

export function addApprovalCommands(program: Command): void {
  program
    .command('approvals')
    .description('what waits for a person')
    .option('--mine', 'only what you may decide')
    .action(async (options: { mine?: boolean }, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>(), 'approver');
      const { body } = await call<ApprovalPage>(context, 'GET', `/api/v1/approvals${options.mine ? '?mine=true' : ''}`);
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
}
