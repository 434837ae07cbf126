/** A document of any kind → its kind, id and all its problems. The one place that knows every kind. */
import { celUsage } from '../expression/cel-usage.ts';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Catalogue } from './catalogue.ts';
import { checkSecrets } from './checks/secrets.ts';
import { schemaProblems } from './checks/structure.ts';
import { didYouMean, problem } from './problems.ts';
import type { Problem } from './problems.ts';
import { slug } from './read-workflow.ts';
import { businessObject, connector, directory, policy } from './shape/others.ts';
import type { PolicyDocument } from './shape/others.ts';
import { shape } from './shape/zod-problems.ts';
import { validateWorkflow } from './validate-workflow.ts';

export const KINDS = ['Workflow', 'Connector', 'Policy', 'BusinessObject', 'Directory'] as const;
export type Kind = (typeof KINDS)[number];

export interface Identified {
  readonly kind: Kind;
  readonly id: string;
}

/** Kind and id as far as they can be told before anything else is checked. */
export function identify(document: JsonObject): {
  readonly identified: Identified | null;
  readonly problems: readonly Problem[];
} {
  const kind = document['kind'] ?? 'Workflow';
  if (typeof kind !== 'string' || !(KINDS as readonly string[]).includes(kind)) {
    const near = typeof kind === 'string' ? didYouMean(kind, KINDS) : null;
    return {
      identified: null,
      problems: [problem('INVALID_VALUE', '/kind', 'There is no such kind.', near ?? `Kinds: ${KINDS.join(', ')}.`)],
    };
  }
  const id = idOf(document, kind);
  if (id === null) return { identified: null, problems: [problem('MISSING_KEY', '/id', 'The key `id` is required.')] };
  return { identified: { kind: kind as Kind, id }, problems: [] };
}

function idOf(document: JsonObject, kind: string): string | null {
  const { id, metadata, name } = document;
  if (typeof id === 'string' && id !== '') return id;
  if (kind !== 'Workflow') return null;
  if (isJsonObject(metadata) && typeof metadata['id'] === 'string') return metadata['id'];
  const made = typeof name === 'string' ? slug(name) : '';
  return made === '' ? null : made;
}

export interface DocumentValidation {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

export function validateDocument(kind: Kind, document: JsonObject, catalogue: Catalogue): DocumentValidation {
  if (kind === 'Workflow') return validateWorkflow(document, catalogue);
  return { problems: [...ownProblems(kind, document, catalogue), ...checkSecrets(document)], warnings: [] };
}

function ownProblems(kind: Exclude<Kind, 'Workflow'>, document: JsonObject, catalogue: Catalogue): readonly Problem[] {
  switch (kind) {
    case 'Connector': {
      const read = shape(connector, document, '');
      return read.value === null ? read.problems : connectorProblems(document, catalogue);
    }
    case 'Policy': {
      const read = shape(policy, document, '');
      return read.value === null ? read.problems : policyProblems(read.value);
    }
    case 'BusinessObject': {
      const read = shape(businessObject, document, '');
      if (read.value === null) return read.problems;
      const { schema, key } = read.value;
      const known = Object.keys(isJsonObject(schema['properties']) ? schema['properties'] : {});
      const keys = (key ?? []).flatMap((name, i) =>
        known.includes(name)
          ? []
          : [problem('UNKNOWN_KEY', `/key/${i}`, `The schema has no property \`${name}\`.`, didYouMean(name, known))],
      );
      return [...schemaProblems(schema as Json, '/schema'), ...keys];
    }
    case 'Directory': {
      const read = shape(directory, document, '');
      return read.value === null ? read.problems : directoryProblems(read.value);
    }
  }
}

function connectorProblems(document: JsonObject, catalogue: Catalogue): readonly Problem[] {
  const problems: Problem[] = [];
  for (const list of ['resources', 'commands'] as const) {
    const entries = isJsonObject(document[list]) ? Object.entries(document[list]) : [];
    for (const [name, one] of entries) {
      const given = isJsonObject(one) ? one['policies'] : undefined;
      if (!Array.isArray(given)) continue;
      given.forEach((id: Json, i) => {
        if (catalogue.policy(String(id)) !== null) return;
        const near = didYouMean(String(id), catalogue.known('Policy'));
        problems.push(
          problem('UNKNOWN_POLICY', `/${list}/${name}/policies/${i}`, `There is no policy \`${String(id)}\`.`, near),
        );
      });
    }
  }
  return problems;
}

const POLICY_NAMES = new Set(['facts', 'connector', 'resource', 'mode', 'workflow', 'principals']);

function policyProblems(document: PolicyDocument): readonly Problem[] {
  const problems: Problem[] = [];
  const ids = new Set<string>();
  document.rules.forEach((rule, i) => {
    const at = `/rules/${i}`;
    if (ids.has(rule.id))
      problems.push(problem('DUPLICATE_ID', `${at}/id`, `The rule id \`${rule.id}\` is used twice.`));
    ids.add(rule.id);
    const usage = celUsage(rule.if, true);
    for (const p of usage.problems) problems.push(problem(p.code, `${at}/if`, p.message, p.suggestion));
    for (const { root } of usage.references) {
      if (POLICY_NAMES.has(root)) continue;
      problems.push(
        problem(
          'EXPRESSION_FORBIDDEN',
          `${at}/if`,
          `The name \`${root}\` is not visible in a policy.`,
          didYouMean(root, [...POLICY_NAMES]) ?? `Visible: ${[...POLICY_NAMES].join(', ')}.`,
        ),
      );
    }
    problems.push(...approverProblems(rule, at));
  });
  if (document.facts !== undefined) problems.push(...schemaProblems(document.facts as Json, '/facts'));
  return problems;
}

function approverProblems(rule: PolicyDocument['rules'][number], at: string): readonly Problem[] {
  const { approvers, quorum = 1, assurance } = rule;
  const asks = ['approvers', 'quorum', 'assurance', 'validFor', 'sla', 'disclose', 'values'].filter(
    (key) => rule[key as keyof typeof rule] !== undefined,
  );
  if (rule.then !== 'require-approval') {
    return asks.map((key) =>
      problem('UNKNOWN_KEY', `${at}/${key}`, `\`${key}\` belongs to \`then: require-approval\`.`),
    );
  }
  const problems: Problem[] = [];
  const open = (approvers?.roles?.length ?? 0) + (approvers?.groups?.length ?? 0);
  const users = new Set(approvers?.users ?? []).size;
  if (open + users === 0) {
    problems.push(
      problem('MISSING_KEY', `${at}/approvers`, 'Nobody may decide: name `roles`, `groups` or `users`.', null),
    );
  } else if (open === 0 && users < quorum) {
    problems.push(problem('INVALID_VALUE', `${at}/quorum`, `${quorum} must agree, but only ${users} may decide.`));
  }
  if (assurance === 'link' && quorum > 1) {
    problems.push(
      problem(
        'INVALID_VALUE',
        `${at}/assurance`,
        'A link alone is enough for a quorum of one only.',
        'Use `signed-in`.',
      ),
    );
  }
  return problems;
}

function directoryProblems(document: {
  readonly users: readonly DirectoryUser[];
  readonly groups?: readonly { readonly id: string }[] | undefined;
}): readonly Problem[] {
  const problems: Problem[] = [];
  const users = document.users.map((u) => u.id);
  const groups = (document.groups ?? []).map((g) => g.id);
  const twice = (ids: readonly string[], list: string): void =>
    ids.forEach((id, i) => {
      if (ids.indexOf(id) < i) problems.push(problem('DUPLICATE_ID', `/${list}/${i}/id`, `\`${id}\` is used twice.`));
    });
  twice(users, 'users');
  twice(groups, 'groups');
  document.users.forEach((user, i) => {
    (user.groups ?? []).forEach((id, g) => {
      if (!groups.includes(id)) {
        problems.push(
          problem('INVALID_VALUE', `/users/${i}/groups/${g}`, `There is no group \`${id}\`.`, didYouMean(id, groups)),
        );
      }
    });
    if (user.manager !== undefined && (!users.includes(user.manager) || user.manager === user.id)) {
      problems.push(problem('INVALID_VALUE', `/users/${i}/manager`, `\`${user.manager}\` cannot be the manager.`));
    }
  });
  return problems;
}

interface DirectoryUser {
  readonly id: string;
  readonly groups?: readonly string[] | undefined;
  readonly manager?: string | undefined;
}
