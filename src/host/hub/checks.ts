/**
 * Looks at a decision before it is carried out and refuses what would hang or go wrong on Azure. Pure but for the registry
 * of functions.
 */
import type { Core } from './core.ts';
import type { Memory } from './live.ts';
import { MAX_PAYLOAD, refusalText, type RefusalCode } from './refusals.ts';
import { signatureOf, type Plan } from './sdk/actions.ts';
import type { Decision } from './sdk/decision.ts';

export interface Verdict {
  text: string;
  code?: RefusalCode;
}

function refuse(code: RefusalCode, ...values: (string | number)[]): Verdict {
  return { code, text: refusalText(code, ...values) };
}

export function checkPlan(core: Core, memory: Memory, decision: Decision, plan: Plan): Verdict | undefined {
  if (decision.unstable) return refuse('NON_DETERMINISTIC', ...splitUnstable(decision.error ?? ''));
  if (decision.broken === undefined) {
    const changed = firstChange(memory, decision);
    if (changed) return changed;
  }
  if (plan.reused !== undefined) return refuse('REUSED_TASK', plan.reused);
  for (const command of plan.commands) {
    if (command.c === 'task') {
      if (!hasFunction(core, command.name, 'activityTrigger')) return refuse('UNKNOWN_ACTIVITY', command.name);
      if (command.input === 'true' || command.input === 'false') return refuse('BOOLEAN_INPUT', command.name);
      const size = command.input === undefined ? 0 : Buffer.byteLength(command.input);
      if (size > MAX_PAYLOAD)
        return refuse('PAYLOAD_TOO_LARGE', `The input of activity "${command.name}"`, size, MAX_PAYLOAD);
    } else if (command.c === 'child') {
      if (!hasFunction(core, command.name, 'orchestrationTrigger')) return refuse('UNKNOWN_ORCHESTRATOR', command.name);
      if (isBadId(command.id)) return refuse('BAD_INSTANCE_ID', command.id);
    } else if (command.c === 'call' || command.c === 'signal') {
      const name = entityName(command.to);
      if (!hasFunction(core, name, 'entityTrigger')) return refuse('UNKNOWN_ENTITY', name);
    }
  }
  for (const signature of plan.signatures) {
    const numeric = /wait:(\d+)(?=[,)]|$)/.exec(signature)?.[1];
    if (numeric !== undefined) return refuse('NUMERIC_EVENT_NAME', numeric);
  }
  if ((decision.output?.length ?? 0) > MAX_PAYLOAD / 4) {
    const size = Buffer.byteLength(decision.output ?? '');
    if (size > MAX_PAYLOAD) return refuse('PAYLOAD_TOO_LARGE', "The orchestrator's output", size, MAX_PAYLOAD);
  }
  if (decision.custom !== null && decision.custom.length * 2 > 16_384)
    return refuse('CUSTOM_STATUS_TOO_LARGE', decision.custom.length * 2);
  return undefined;
}

/** What user code did that is not an error of the workflow but of the program. */
export function outcomeRefusal(decision: Decision): Verdict | undefined {
  if (decision.outcome !== 'failed') return undefined;
  if (decision.error === '') return refuse('EMPTY_ERROR');
  if (/generator\.(next|throw) is not a function/.test(decision.error ?? '')) return refuse('ASYNC_ORCHESTRATOR');
  if (decision.error?.includes('programming constraint violation: Orchestration yielded data'))
    return { code: 'NOT_A_TASK', text: `${decision.error} (NOT_A_TASK)` };
  return undefined;
}

function firstChange(memory: Memory, decision: Decision): Verdict | undefined {
  for (let top = 0; top < memory.signatures.length; top += 1) {
    const was = memory.signatures[top] as string;
    const action = decision.actions[top];
    const is = action ? signatureOf(action) : 'nothing';
    if (is !== was) return refuse('NON_DETERMINISTIC', was, top, is);
  }
  return undefined;
}

function splitUnstable(text: string): string[] {
  const match = /^(.*?): '?(.*?)'? and then '?(.*?)'?$/.exec(text);
  return match ? [match[2] ?? '', match[1] ?? '', match[3] ?? ''] : [text, '', ''];
}

export function hasFunction(core: Core, name: string, type: string): boolean {
  return core.functionNamed(name)?.trigger.type === type;
}

/** Ids that the SDK would cut or that Azure's storage refuses. */
export function isBadId(id: string): boolean {
  // eslint-disable-next-line no-control-regex
  return id.length === 0 || id.length > 260 || id.startsWith('@') || /[#?/\\\u0000-\u001f\u007f-\u009f]/.test(id);
}

export function entityName(schedulerId: string): string {
  return schedulerId.slice(1, schedulerId.indexOf('@', 1));
}
