/**
 * What a policy document says, read into the form that is evaluated. Apart from the validator, which reports problems
 * to authors: here anything that cannot be read makes the policy unusable, and an unusable policy denies.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { durationMs } from '../workflow/durations.ts';

export type Assurance = 'link' | 'signed-in' | 'signed-in+mfa';
export type OnDeadline = 'reject' | 'escalate' | 'fail';
export type Verdict = 'allow' | 'deny' | 'require-approval';

export interface ApproverRule {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}

/** What one rule demands of the people who decide. */
export interface Requirement {
  readonly approvers: ApproverRule;
  readonly quorum: number;
  readonly assurance: Assurance;
  readonly validForMs: number;
  readonly dueMs: number | null;
  readonly onDeadline: OnDeadline | null;
  /** Role (or `approver` for everyone eligible) → pointers into the content; empty discloses counts only. */
  readonly disclose: Readonly<Record<string, readonly string[]>>;
  /** Form values are recorded beside the approval and are no part of it. Absent: they are part of what is approved. */
  readonly values?: 'informational';
}

export interface Rule {
  readonly id: string;
  readonly condition: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Only with `require-approval`. */
  readonly requirement: Requirement | null;
}

export interface Policy {
  readonly id: string;
  readonly version: number;
  /** Schema of `facts`; null accepts any object. */
  readonly facts: JsonObject | null;
  readonly rules: readonly Rule[];
  readonly texts: Readonly<Record<string, string>>;
}

export const DEFAULT_VALID_FOR_MS = 86_400_000;
/** What a rule discloses that does not say otherwise: people do not decide on what they cannot see. */
const EVERYTHING = ['/records', '/arguments', '/totals', '/facts', '/subject'];
/** The policy of a write resource that declares none. */
export const APPROVAL_REQUIRED = 'approval-required';

/** Everyone with the role `approver` may decide, signed in; everything is shown to them. */
export const approvalRequired: Policy = {
  id: APPROVAL_REQUIRED,
  version: 1,
  facts: null,
  rules: [
    {
      id: 'always',
      condition: 'true',
      verdict: 'require-approval',
      reason: 'APPROVAL_REQUIRED',
      requirement: {
        approvers: { users: [], roles: ['approver'], groups: [] },
        quorum: 1,
        assurance: 'signed-in',
        validForMs: DEFAULT_VALID_FOR_MS,
        dueMs: null,
        onDeadline: null,
        disclose: { approver: EVERYTHING },
      },
    },
  ],
  texts: { APPROVAL_REQUIRED: 'Every write to this system is approved by a person.' },
};

/** True when a rule of the policy can ask people: a write under it needs a GOVERN (`UNGOVERNED_WRITE`). */
export function mayRequireApproval(policy: Policy): boolean {
  return policy.rules.some((rule) => rule.verdict === 'require-approval');
}

/** Null when the document cannot be read as a policy: the caller denies. */
export function readPolicy(id: string, version: number, document: JsonObject): Policy | null {
  const { rules, facts, texts } = document;
  if (!Array.isArray(rules) || rules.length === 0) return null;
  const read = rules.map(readRule);
  if (read.some((rule) => rule === null)) return null;
  if (facts !== undefined && !isJsonObject(facts)) return null;
  return {
    id,
    version,
    facts: facts === undefined ? null : facts,
    rules: read as Rule[],
    texts: Object.fromEntries(
      Object.entries(isJsonObject(texts) ? texts : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
  };
}

function readRule(value: Json): Rule | null {
  if (!isJsonObject(value)) return null;
  const { id, if: condition, then: verdict, reason } = value;
  if (typeof id !== 'string') return null;
  const text = typeof condition === 'boolean' ? String(condition) : condition;
  if (typeof text !== 'string') return null;
  if (verdict !== 'allow' && verdict !== 'deny' && verdict !== 'require-approval') return null;
  const requirement = verdict === 'require-approval' ? readRequirement(value) : null;
  if (verdict === 'require-approval' && requirement === null) return null;
  return { id, condition: text, verdict, reason: typeof reason === 'string' ? reason : reasonOf(id), requirement };
}

const reasonOf = (id: string): string => id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

function readRequirement(rule: JsonObject): Requirement | null {
  const approvers = isJsonObject(rule['approvers']) ? rule['approvers'] : {};
  const quorum = rule['quorum'] ?? 1;
  const assurance = rule['assurance'] ?? 'signed-in';
  if (typeof quorum !== 'number' || !Number.isInteger(quorum) || quorum < 1) return null;
  if (assurance !== 'link' && assurance !== 'signed-in' && assurance !== 'signed-in+mfa') return null;
  const validForMs = rule['validFor'] === undefined ? DEFAULT_VALID_FOR_MS : duration(rule['validFor']);
  const sla = rule['sla'] === undefined ? {} : rule['sla'];
  if (validForMs === null || !isJsonObject(sla)) return null;
  const dueMs = sla['due'] === undefined ? null : duration(sla['due']);
  if (sla['due'] !== undefined && dueMs === null) return null;
  const onDeadline = sla['onDeadline'] ?? (dueMs === null ? null : 'reject');
  if (onDeadline !== null && onDeadline !== 'reject' && onDeadline !== 'escalate' && onDeadline !== 'fail') return null;
  const disclose = readDisclosure(rule['disclose']);
  const values = rule['values'] ?? 'approved';
  if (disclose === null || (values !== 'approved' && values !== 'informational')) return null;
  return {
    approvers: {
      users: texts(approvers['users']),
      roles: texts(approvers['roles']),
      groups: texts(approvers['groups']),
    },
    quorum,
    // A link proves that somebody read a mailbox: two links in one mailbox must not make two people.
    assurance: quorum > 1 && assurance === 'link' ? 'signed-in' : assurance,
    validForMs,
    dueMs,
    onDeadline,
    disclose,
    ...(values === 'informational' ? { values } : {}),
  };
}

function readDisclosure(value: Json | undefined): Readonly<Record<string, readonly string[]>> | null {
  if (value === undefined) return { approver: EVERYTHING };
  if (!isJsonObject(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([role, pointers]) => [role, texts(pointers)]));
}

const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];

function duration(value: Json | undefined): number | null {
  return typeof value === 'string' || typeof value === 'number' ? durationMs(value) : null;
}
