/**
 * The nodes/edges form → the steps form: action nodes in topological order, ties in declared order, run one at a time.
 * The one trigger node becomes a statement of who may start the workflow.
 */
import type { Json, JsonObject } from '../json.ts';
import { pointerOf, problem } from './problems.ts';
import type { Problem } from './problems.ts';
import { didYouMean } from './problems.ts';
import { topological } from './graph.ts';
import { nodesForm, pythonConfig, triggerConfig } from './shape/workflow.ts';
import type { NodesFormDocument } from './shape/workflow.ts';
import { shape } from './shape/zod-problems.ts';

export type Trigger = 'manual' | 'api' | 'schedule' | 'signal';

export interface NodesReading {
  readonly document: JsonObject | null;
  readonly trigger: Trigger | null;
  /** Place of each step, by its index in the made list. */
  readonly pointers: ReadonlyMap<number, string>;
  readonly problems: readonly Problem[];
}

export function nodesAsSteps(document: JsonObject): NodesReading {
  const shaped = shape(nodesForm, document, '');
  if (shaped.value === null) return { document: null, trigger: null, pointers: new Map(), problems: shaped.problems };
  const problems: Problem[] = [];
  const form = shaped.value;
  if (form.id !== undefined && form.id !== form.metadata.id) {
    problems.push(problem('NAME_CLASH', '/id', '`id` and `metadata.id` differ.', 'Leave `id` out.'));
  }
  const ids = form.nodes.map((n) => n.id);
  const triggers = form.nodes.filter((n) => n.type === 'trigger');
  const trigger = readTrigger(form, triggers, problems);
  const edges = checkedEdges(form, ids, problems);
  const { order, cycle } = topological(ids, edges);
  if (cycle.length > 0) {
    problems.push(problem('CYCLE', '/edges', `These nodes wait for each other: ${cycle.join(' → ')}.`));
  }
  reportUnreachable(form, triggers, edges, problems);
  const made: JsonObject[] = [];
  const pointers = new Map<number, string>();
  for (const id of new Set([...order, ...ids])) {
    const index = ids.indexOf(id);
    const node = form.nodes[index];
    if (node === undefined || node.type !== 'action') continue;
    const base = pointerOf(['nodes', index, 'config']);
    pointers.set(made.length, base);
    made.push(actionStep(node, incoming(form, node.id)));
  }
  const frame = Object.fromEntries(
    Object.entries(document).filter(([key]) => key !== 'nodes' && key !== 'edges' && key !== 'metadata'),
  );
  const { metadata } = form;
  return {
    document: {
      ...frame,
      id: metadata.id,
      ...(metadata.name === undefined ? {} : { name: metadata.name }),
      ...(metadata.description === undefined ? {} : { description: metadata.description }),
      order: 'listed',
      steps: made,
    },
    trigger,
    pointers,
    problems,
  };
}

type Node = NodesFormDocument['nodes'][number];

function readTrigger(form: NodesFormDocument, triggers: readonly Node[], problems: Problem[]): Trigger | null {
  if (triggers.length !== 1) {
    problems.push(
      problem(triggers.length === 0 ? 'EMPTY' : 'KIND_MANY', '/nodes', 'There is exactly one node of type `trigger`.'),
    );
  }
  const [trigger] = triggers;
  if (trigger === undefined) return null;
  const index = form.nodes.indexOf(trigger);
  if (form.edges.some((e) => e.to === trigger.id)) {
    problems.push(problem('CYCLE', pointerOf(['nodes', index]), 'No edge leads to the trigger.'));
  }
  const config = shape(triggerConfig, trigger.config ?? {}, pointerOf(['nodes', index, 'config']));
  problems.push(...config.problems);
  return config.value?.kind ?? null;
}

function checkedEdges(form: NodesFormDocument, ids: readonly string[], problems: Problem[]): [string, string][] {
  const edges: [string, string][] = [];
  form.edges.forEach((edge, i) => {
    for (const end of ['from', 'to'] as const) {
      if (!ids.includes(edge[end])) {
        problems.push(
          problem(
            'UNKNOWN_STEP',
            pointerOf(['edges', i, end]),
            `There is no node \`${edge[end]}\`.`,
            didYouMean(edge[end], ids),
          ),
        );
      }
    }
    if (edge.from === edge.to) {
      problems.push(problem('SELF_DEPENDENCY', pointerOf(['edges', i]), `The node \`${edge.to}\` leads to itself.`));
    } else if (ids.includes(edge.from) && ids.includes(edge.to)) {
      edges.push([edge.from, edge.to]);
    }
  });
  return edges;
}

function reportUnreachable(
  form: NodesFormDocument,
  triggers: readonly Node[],
  edges: readonly (readonly [string, string])[],
  problems: Problem[],
): void {
  const reached = new Set(triggers.map((t) => t.id));
  for (const id of reached) for (const [from, to] of edges) if (from === id) reached.add(to);
  form.nodes.forEach((node, i) => {
    if (node.type === 'action' && !reached.has(node.id) && triggers.length > 0) {
      problems.push(
        problem('UNREACHABLE', pointerOf(['nodes', i]), `No edge leads from the trigger to \`${node.id}\`.`),
      );
    }
  });
}

function incoming(form: NodesFormDocument, id: string): { from: string; as: string }[] {
  const actions = new Set(form.nodes.filter((n) => n.type === 'action').map((n) => n.id));
  return form.edges
    .filter((e) => e.to === id && actions.has(e.from))
    .map((e) => ({ from: e.from, as: e.as ?? e.from.replaceAll('-', '_') }));
}

function actionStep(node: Node, inputs: readonly { from: string; as: string }[]): JsonObject {
  const config = (node.config ?? {}) as JsonObject;
  const base: JsonObject = { id: node.id, ...(node.name === undefined ? {} : { name: node.name }) };
  const python = pythonConfig.safeParse(config);
  if (!python.success) return { ...config, ...base };
  const named: Record<string, Json> = {};
  for (const { from, as } of inputs) named[as] = `{{ steps.${from.replaceAll('-', '_')}.output }}`;
  return { ...base, verb: 'TRANSFORM', code: { language: 'python', source: python.data.python, inputs: named } };
}
