/** What the language has and this release does not execute: said when a workflow is applied, never when it runs. */
import { problem } from '../problems.ts';
import type { Problem } from '../problems.ts';
import type { CheckContext } from './context.ts';

export function checkNotYet({ workflow, placed }: CheckContext): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (pointer: string, what: string, instead: string | null = null): void => {
    problems.push(problem('NOT_YET', pointer, `${what} is valid, but this release does not execute it.`, instead));
  };
  const { head } = workflow;
  if (head.retry?.scope === 'workflow')
    say('/retry/scope', '`retry.scope: workflow`', 'Retry steps, or start the run again.');
  const onLimit = head.concurrency?.onLimit;
  if (onLimit !== undefined && onLimit !== 'queue')
    say('/concurrency/onLimit', `\`onLimit: ${onLimit}\``, 'Use `queue`.');
  if (Object.values(head.hooks ?? {}).some((list) => (list ?? []).length > 0)) say('/hooks', '`hooks`', null);
  for (const { read } of placed) {
    const { step, pointer } = read;
    if (read.kind === 'workflow' || read.kind === 'forEach' || read.kind === 'wait')
      say(`${pointer}/${read.kind}`, `\`${read.kind}\``);
    if (step.compensate !== undefined) say(`${pointer}/compensate`, '`compensate`');
    if (!('verb' in step)) continue;
    if (step.verb === 'TRANSFORM' && step.code !== undefined) say(`${pointer}/code`, '`code`', 'Use `map`.');
    if (step.verb === 'FETCH' && step.stream === true) say(`${pointer}/stream`, '`stream`');
  }
  return problems;
}
