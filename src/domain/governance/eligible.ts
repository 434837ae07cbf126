/**
 * Who may decide. A person has to be admitted by every requirement and must not be involved: nobody approves what they
 * started, wrote, or made the rules for. Membership is asked at the decision, from what the caller's token or the
 * directory says then.
 */
import type { PrincipalId } from '../ids.ts';
import type { ApproverRule, Assurance } from './policy.ts';

export interface Candidate {
  readonly id: PrincipalId;
  readonly kind: 'user' | 'app';
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly assurance: Assurance;
}

export type Ineligible = 'NOT_A_PERSON' | 'NOT_ELIGIBLE' | 'EXCLUDED' | 'ASSURANCE_TOO_LOW';

const STRENGTH: Readonly<Record<Assurance, number>> = { link: 0, 'signed-in': 1, 'signed-in+mfa': 2 };

export const strongest = (values: readonly Assurance[]): Assurance =>
  values.reduce<Assurance>((most, value) => (STRENGTH[value] > STRENGTH[most] ? value : most), 'link');

export const suffices = (has: Assurance, needed: Assurance): boolean => STRENGTH[has] >= STRENGTH[needed];

export function admits(rule: ApproverRule, person: Pick<Candidate, 'id' | 'roles' | 'groups'>): boolean {
  return (
    rule.users.includes(person.id) ||
    rule.roles.some((role) => person.roles.includes(role)) ||
    rule.groups.some((group) => person.groups.includes(group))
  );
}

/** Null when the person may decide; otherwise the first reason why not. */
export function ineligible(
  request: {
    readonly eligible: ApproverRule;
    readonly excluded: readonly PrincipalId[];
    readonly assurance: Assurance;
  },
  requirements: readonly { readonly approvers: ApproverRule }[],
  person: Candidate,
): Ineligible | null {
  if (person.kind !== 'user') return 'NOT_A_PERSON';
  if (request.excluded.includes(person.id)) return 'EXCLUDED';
  if (!admits(request.eligible, person)) return 'NOT_ELIGIBLE';
  if (!requirements.every(({ approvers }) => admits(approvers, person))) return 'NOT_ELIGIBLE';
  return suffices(person.assurance, request.assurance) ? null : 'ASSURANCE_TOO_LOW';
}
