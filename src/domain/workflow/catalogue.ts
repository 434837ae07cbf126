/** What a workflow may name besides itself: connectors, policies, business objects, workflows. Built from documents. */
import { APPROVAL_REQUIRED } from '../governance/policy.ts';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

export interface CatalogueTarget {
  readonly access: 'read' | 'write';
  /** Null: none declared, so `approval-required` holds. */
  readonly policies: readonly string[] | null;
  readonly modes: readonly string[];
  readonly recordKeyRequired: boolean;
}

export interface CatalogueConnector {
  readonly resources: ReadonlyMap<string, CatalogueTarget>;
  readonly commands: ReadonlyMap<string, CatalogueTarget>;
}

export interface Catalogue {
  connector(id: string): CatalogueConnector | null;
  /** Whether any rule of the policy may ask for approval; null when there is no such policy. */
  policy(id: string): { readonly mayRequireApproval: boolean } | null;
  businessObject(id: string): boolean;
  /** Ids of the workflows that it calls; null when there is no such workflow. */
  workflow(id: string): readonly string[] | null;
  /** Known ids of a kind: for suggestions only. */
  known(kind: 'Connector' | 'Policy' | 'BusinessObject' | 'Workflow'): readonly string[];
}

export interface CatalogueSource {
  readonly kind: string;
  readonly id: string;
  readonly document: JsonObject;
}

/** Later documents of the same kind and id replace earlier ones: give what is stored first, then what is being applied. */
export function catalogueOf(sources: Iterable<CatalogueSource>): Catalogue {
  const connectors = new Map<string, CatalogueConnector>();
  const policies = new Map<string, { mayRequireApproval: boolean }>([
    [APPROVAL_REQUIRED, { mayRequireApproval: true }],
  ]);
  const objects = new Set<string>();
  const workflows = new Map<string, readonly string[]>();
  for (const { kind, id, document } of sources) {
    if (kind === 'Connector') connectors.set(id, connectorOf(document));
    else if (kind === 'Policy') policies.set(id, { mayRequireApproval: mayRequireApproval(document) });
    else if (kind === 'BusinessObject') objects.add(id);
    else if (kind === 'Workflow') workflows.set(id, callsOf(document));
  }
  const known = {
    Connector: () => [...connectors.keys()],
    Policy: () => [...policies.keys()],
    BusinessObject: () => [...objects],
    Workflow: () => [...workflows.keys()],
  };
  return {
    connector: (id) => connectors.get(id) ?? null,
    policy: (id) => policies.get(id) ?? null,
    businessObject: (id) => objects.has(id),
    workflow: (id) => workflows.get(id) ?? null,
    known: (kind) => known[kind](),
  };
}

function connectorOf(document: JsonObject): CatalogueConnector {
  const read = (given: Json | undefined, write: boolean): ReadonlyMap<string, CatalogueTarget> => {
    const entries = isJsonObject(given) ? Object.entries(given) : [];
    return new Map(
      entries.flatMap(([name, one]) => (isJsonObject(one) ? [[name, targetOf(one, write)] as const] : [])),
    );
  };
  return { resources: read(document['resources'], false), commands: read(document['commands'], true) };
}

function targetOf(one: JsonObject, command: boolean): CatalogueTarget {
  const { policies, modes } = one;
  return {
    access: command || one['access'] === 'write' ? 'write' : 'read',
    policies: Array.isArray(policies) ? policies.map(String) : null,
    modes: Array.isArray(modes) ? modes.map(String) : ['create'],
    recordKeyRequired: one['recordKey'] === 'required',
  };
}

function mayRequireApproval(document: JsonObject): boolean {
  const { rules } = document;
  return Array.isArray(rules) && rules.some((rule: Json) => isJsonObject(rule) && rule['then'] === 'require-approval');
}

function callsOf(document: JsonObject): readonly string[] {
  const { steps } = document;
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: Json) =>
    isJsonObject(step) && typeof step['workflow'] === 'string' ? [step['workflow']] : [],
  );
}
