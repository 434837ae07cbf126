/**
 * Judges a write by policies: a pure function of facts. Invariants:
 * 1. deny beats require-approval beats allow, over all policies and all targets;
 * 2. no rule that matches, facts that do not fit, a rule that cannot be evaluated, an unknown policy: deny;
 * 3. the connector's own policies are among those given here, always (the caller joins them, authors only add).
 */
import type { Json, JsonObject } from '../json.ts';
import type { Policy, Requirement, Rule, Verdict } from './policy.ts';

/** What evaluation needs from outside: conditions run in a worker, schemas in the schema engine. */
export interface Judge {
  condition(
    text: string,
    scope: Readonly<Record<string, Json>>,
  ): Promise<{ readonly ok: true; readonly value: boolean } | { readonly ok: false }>;
  fits(schema: JsonObject, value: Json): boolean;
}

/** One governed target and the facts that hold for it. */
export interface Circumstances {
  readonly facts: JsonObject;
  readonly connector: { readonly id: string; readonly version: number } | null;
  /** Resource, or command. */
  readonly resource: string | null;
  readonly mode: string | null;
  readonly workflow: { readonly id: string; readonly version: number };
  readonly starter: {
    readonly id: string;
    readonly kind: string;
    readonly roles: readonly string[];
    readonly groups: readonly string[];
  };
}

/** A policy by name; `policy` null when no version of it can be read. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy | null;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Reason codes of the rules that made the verdict, each once. */
  readonly reasons: readonly string[];
  /** Constant texts of those codes, where a policy has one. */
  readonly texts: Readonly<Record<string, string>>;
  /** `policy@version` of every policy evaluated. */
  readonly policies: readonly string[];
  /** One per distinct demand of a require-approval verdict: all of them have to be met. */
  readonly requirements: readonly Requirement[];
}

interface Finding {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly text: string | null;
  readonly requirement: Requirement | null;
}

const SEVERITY: Readonly<Record<Verdict, number>> = { allow: 0, 'require-approval': 1, deny: 2 };
const denied = (reason: string, text: string): Finding => ({ verdict: 'deny', reason, text, requirement: null });

export const policyRef = (policy: Pick<Policy, 'id' | 'version'>): string => `${policy.id}@${policy.version}`;

/**
 * The judgement over all targets together: the most severe verdict wins, with every reason and demand of that severity. No target,
 * no policy, a policy that is missing, a missing fact and an error deny.
 */
export async function judge(
  by: Judge,
  targets: readonly { readonly policies: readonly NamedPolicy[]; readonly circumstances: Circumstances }[],
): Promise<Judgement> {
  const findings: Finding[] = [];
  const refs = new Set<string>();
  for (const target of targets) {
    if (target.policies.length === 0) findings.push(denied('NO_POLICY', 'No policy speaks about this write.'));
    for (const { name, policy } of target.policies) {
      refs.add(policy === null ? `${name}@0` : policyRef(policy));
      findings.push(...(await judgeOne(by, name, policy, target.circumstances)));
    }
  }
  if (findings.length === 0) findings.push(denied('NO_POLICY', 'No policy speaks about this write.'));
  const worst = Math.max(...findings.map((finding) => SEVERITY[finding.verdict]));
  const decisive = findings.filter((finding) => SEVERITY[finding.verdict] === worst);
  return {
    verdict: (decisive[0] as Finding).verdict,
    reasons: [...new Set(decisive.map((finding) => finding.reason))],
    texts: Object.fromEntries(
      decisive.flatMap((finding) => (finding.text === null ? [] : [[finding.reason, finding.text] as const])),
    ),
    policies: [...refs].sort(),
    requirements: distinct(decisive.flatMap((finding) => (finding.requirement === null ? [] : [finding.requirement]))),
  };
}

/** The findings of one policy that decide for it: those of its most severe verdict. */
async function judgeOne(
  by: Judge,
  name: string,
  policy: Policy | null,
  circumstances: Circumstances,
): Promise<readonly Finding[]> {
  if (policy === null) return [denied('POLICY_UNKNOWN', `The policy ${name} does not exist or cannot be read.`)];
  if (policy.facts !== null && !by.fits(policy.facts, declaredFacts(policy.facts, circumstances.facts)))
    return [denied('POLICY_FACTS', `The facts do not fit what the policy ${name} declares.`)];
  const scope = scopeOf(circumstances);
  const matched: Rule[] = [];
  for (const rule of policy.rules) {
    const answer = await by.condition(rule.condition, scope);
    if (!answer.ok) return [denied('POLICY_ERROR', `A rule of the policy ${name} cannot be evaluated.`)];
    if (answer.value) matched.push(rule);
  }
  if (matched.length === 0) return [denied('NO_RULE_MATCHED', `No rule of the policy ${name} matches.`)];
  const worst = Math.max(...matched.map((rule) => SEVERITY[rule.verdict]));
  return matched
    .filter((rule) => SEVERITY[rule.verdict] === worst)
    .map((rule) => ({
      verdict: rule.verdict,
      reason: rule.reason,
      text: policy.texts[rule.reason] ?? null,
      requirement: rule.requirement,
    }));
}

/** `count` and `totals` are always given: a schema that does not mention them does not have to allow them. */
function declaredFacts(schema: JsonObject, facts: JsonObject): JsonObject {
  const properties = schema['properties'];
  const declared = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return Object.fromEntries(
    Object.entries(facts).filter(([name]) => (name !== 'count' && name !== 'totals') || declared.includes(name)),
  );
}

function scopeOf(circumstances: Circumstances): Readonly<Record<string, Json>> {
  const { facts, connector, resource, mode, workflow, starter } = circumstances;
  return {
    facts,
    connector: connector === null ? null : { id: connector.id, version: connector.version },
    resource,
    mode,
    workflow: { id: workflow.id, version: workflow.version },
    principals: { starter: { id: starter.id, kind: starter.kind, roles: starter.roles, groups: starter.groups } },
  };
}

function distinct(requirements: readonly Requirement[]): readonly Requirement[] {
  const seen = new Map(requirements.map((requirement) => [JSON.stringify(requirement), requirement]));
  return [...seen.values()];
}
