/**
 * A plan as a Mermaid flowchart. Verbs are told apart by shape and by label, never by colour alone. Only ids and names of
 * the definition appear; every text is escaped, as a definition is written by others.
 */
import type { Plan, PlanStep, Verb } from './plan.ts';

/** Opening and closing of the shape of each verb. */
const SHAPES: Readonly<Record<Verb, readonly [string, string]>> = {
  FETCH: ['[(', ')]'],
  LOOKUP: ['[(', ')]'],
  TRANSFORM: ['[', ']'],
  GOVERN: ['{{', '}}'],
  LOGIC_GATE: ['{', '}'],
  PUSH: ['[/', '/]'],
  EXECUTE: ['([', '])'],
};

export interface MermaidOptions {
  /** State of each step by ordinal, appended to its label. */
  readonly states?: ReadonlyMap<number, string>;
}

export function mermaid(plan: Plan, options: MermaidOptions = {}): string {
  const lines = ['flowchart TD'];
  const lists = [
    ['MAIN', null],
    ['HANDLER', 'when a step fails'],
    ['ON_ERROR', 'onError'],
    ['FINALLY', 'finally'],
  ] as const;
  for (const [list, title] of lists) {
    const steps = plan.steps.filter((s) => s.list === list);
    if (steps.length === 0) continue;
    if (title !== null) lines.push(`  subgraph ${list} ["${title}"]`);
    for (const step of steps) lines.push(`  ${title === null ? '' : '  '}${node(step, options)}`);
    if (title !== null) lines.push('  end');
  }
  for (const step of plan.steps) lines.push(...edges(step, plan).map((edge) => `  ${edge}`));
  return `${lines.join('\n')}\n`;
}

function node(step: PlanStep, { states }: MermaidOptions): string {
  const [open, close] = SHAPES[step.action.verb];
  const state = states?.get(step.ordinal);
  const parts = [step.name ?? step.id, step.action.verb, ...(state === undefined ? [] : [state])];
  return `s${step.ordinal}${open}"${parts.map(escape).join('<br/>')}"${close}`;
}

function edges(step: PlanStep, plan: Plan): readonly string[] {
  const to = `s${step.ordinal}`;
  const out = step.dependsOn.map((from) => {
    const label = branchLabel(plan, from, step);
    return label === null ? `s${from} --> ${to}` : `s${from} -->|"${escape(label)}"| ${to}`;
  });
  if (step.governedBy !== null) out.push(`s${step.governedBy} -.->|"governs"| ${to}`);
  if (step.handles !== null && step.dependsOn.length === 0) out.push(`s${step.handles} -.->|"fails"| ${to}`);
  return out;
}

function branchLabel(plan: Plan, from: number, step: PlanStep): string | null {
  const action = plan.steps[from - 1]?.action;
  if (action?.verb !== 'LOGIC_GATE') return null;
  const chosen = step.gates.find((g) => g.gate === from);
  if (chosen === undefined) return null;
  const condition = action.branches[chosen.branch]?.condition ?? null;
  if (condition === null) return 'else';
  return action.branches.length === 2 ? 'then' : `case ${chosen.branch + 1}`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll(/[\r\n]+/g, ' ');
}
