/**
 * An approval as one person may see it: the question always, its content only for those who may decide it, only the
 * part that the policy discloses to them, page by page with totals. Every opening of content is in the tenant's chain.
 */
import type { Deps } from '../ports/deps.ts';
import { countOf, type BoundRequest, type Content } from '../domain/governance/content.ts';
import { disclosed, pointersFor } from '../domain/governance/disclosure.ts';
import { ineligible, type Candidate, type Ineligible } from '../domain/governance/eligible.ts';
import { formAsked } from '../domain/governance/form.ts';
import {
  isInformational,
  standingAnswer,
  standingAnswers,
  type Answers,
  type StandingAnswer,
} from '../domain/governance/informational.ts';
import { isOverdue, requestId, voteOf } from '../domain/governance/request.ts';
import { principalId, type RunScope, type TenantId } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { Head } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import type { Principal } from '../ports/identity.ts';
import type { Page } from '../ports/run-store.ts';
import { answersOf } from './request-answers.ts';
import { contentOfRequest } from './request-content.ts';

export interface Window {
  /** Ordinal of the first record over all requests. */
  readonly offset: number;
  readonly limit: number;
}

export interface ShownRequest {
  readonly step: string;
  readonly connector: string;
  readonly connectorVersion: number;
  readonly target: BoundRequest['target'];
  readonly count: number;
  /** Records of this window; `null` where nothing of a record is disclosed. */
  readonly records: readonly { readonly ordinal: number; readonly record: Json }[];
}

export interface ShownContent {
  readonly count: number;
  readonly offset: number;
  readonly limit: number;
  readonly totals: Json;
  readonly facts: Json;
  readonly subject: Json;
  /** What somebody typed: whoever decides sees all of it, because that is what they approve. */
  readonly values: JsonObject | null;
  /** Form values are recorded and no part of what is approved: who brought which, in the order of the decisions. */
  readonly informational: boolean;
  readonly answers: readonly StandingAnswer[];
  readonly texts: Readonly<Record<string, string>>;
  readonly requests: readonly ShownRequest[];
  /** False when the policy keeps some or all of the records' fields from this person. */
  readonly complete: boolean;
}

export interface ApprovalView {
  readonly head: Head;
  readonly plan: Plan;
  readonly request: RequestDocument;
  readonly whyNot: Ineligible | null;
  readonly mayDecide: boolean;
  readonly content: ShownContent | null;
}

type Reader = Pick<Deps, 'runs' | 'plans' | 'vault' | 'clock' | 'tenantLog'>;

/** A caller as a candidate. Groups that did not fit into the token are asked of the directory; unknown means none. */
export async function candidateOf(deps: Pick<Deps, 'directory'>, principal: Principal): Promise<Candidate> {
  const person = principal.groupsOverage ? await deps.directory.find(principal.tenant, principal.id) : null;
  return {
    id: principal.id,
    kind: principal.kind,
    roles: principal.roles,
    groups: principal.groupsOverage ? (person?.groups ?? []) : principal.groups,
    assurance: principal.mfa ? 'signed-in+mfa' : 'signed-in',
  };
}

/** The person of a personal link, as the directory knows them now; null when they have gone. */
export async function candidateOfLink(
  deps: Pick<Deps, 'directory'>,
  tenant: TenantId,
  approver: string,
): Promise<Candidate | null> {
  const person = await deps.directory.find(tenant, principalId(approver));
  if (person === null) return null;
  return { id: person.id, kind: 'user', roles: person.roles, groups: person.groups, assurance: 'link' };
}

export async function readApproval(
  deps: Reader,
  scope: RunScope,
  step: number,
  who: Candidate,
  window: Window,
): Promise<ApprovalView | null> {
  const [stored, request] = await Promise.all([
    deps.runs.readHead(scope),
    deps.runs.readDocument(scope, 'request', requestId(step)),
  ]);
  if (stored === null || request === null) return null;
  const plan = await deps.plans.get(scope.tenant, stored.head.workflow, stored.head.version);
  const content = await openFor(deps, scope, request, who);
  const whyNot = ineligible(request, content?.requirements ?? [], who);
  const open = request.state === 'OPEN' && !isOverdue(request, deps.clock.now());
  const vote = voteOf(request, { by: who.id, onBehalfOf: null });
  return {
    head: stored.head,
    plan,
    request,
    whyNot,
    mayDecide: open && whyNot === null && content !== null && vote === null,
    content:
      content === null || whyNot !== null
        ? null
        : show(content, request, await answersOf(deps, scope, request, 'approval-page'), who, window),
  };
}

/** The form that a request asks, before anything of it is opened. */
export async function formAskedBy(
  deps: Pick<Deps, 'runs' | 'plans'>,
  scope: RunScope,
  step: number,
): Promise<JsonObject | null> {
  const stored = await deps.runs.readHead(scope);
  if (stored === null) return null;
  return formAsked(await deps.plans.get(scope.tenant, stored.head.workflow, stored.head.version), step);
}

async function openFor(
  deps: Reader,
  scope: RunScope,
  request: RequestDocument,
  who: Candidate,
): Promise<Content | null> {
  if (request.authority !== 'people') return null;
  if (ineligible(request, [], who) !== null) return null;
  const content = await contentOfRequest(deps, scope, request, 'approval-page');
  const { run } = scope;
  const facts = { run, request: request.id, revision: request.revision, assurance: who.assurance };
  await deps.tenantLog.append(scope.tenant, { at: deps.clock.now(), by: who.id, type: 'APPROVAL_VIEWED', facts });
  return content;
}

function show(
  content: Content,
  request: RequestDocument,
  answers: Answers,
  who: Candidate,
  window: Window,
): ShownContent {
  const pointers = pointersFor(request.disclose, who);
  const all = content.requests.flatMap((each) => each.records.map((record, index) => ({ each, record, index })));
  const page = all.map((entry, ordinal) => ({ ...entry, ordinal })).slice(window.offset, window.offset + window.limit);
  const rootOf = (each: BoundRequest): string => ('command' in each.target ? '/arguments' : '/records');
  const part = (value: Json, root: string): Json => disclosed(value, root, pointers) ?? null;
  return {
    count: countOf(content.requests),
    ...window,
    totals: part(content.totals, '/totals'),
    facts: part(content.facts, '/facts'),
    subject: part(content.subject, '/subject'),
    values: content.values ?? standingAnswer(request, answers),
    informational: isInformational(content.requirements),
    answers: standingAnswers(request, answers),
    texts: content.texts,
    requests: content.requests.map((each) => ({
      step: each.step,
      connector: each.connector,
      connectorVersion: each.connectorVersion,
      target: each.target,
      count: each.records.length,
      records: page
        .filter((entry) => entry.each === each)
        .map(({ ordinal, record }) => ({ ordinal, record: part(record, rootOf(each)) })),
    })),
    complete: content.requests.every((each) => pointers.includes(rootOf(each))),
  };
}

/** Open questions of a tenant, the earliest deadline first. Opens nothing sealed. */
export async function listApprovals(
  deps: Pick<Deps, 'runs' | 'plans' | 'clock'>,
  tenant: TenantId,
  who: Candidate,
  query: { readonly limit: number; readonly cursor: string | null; readonly mine: boolean },
): Promise<Page<Omit<ApprovalView, 'content'>>> {
  const page = await deps.runs.listOpenRequests(tenant, query.limit, query.cursor);
  const found = await Promise.all(
    page.items.map((item) => summary(deps, { tenant, run: item.run }, item.request, who)),
  );
  const items = found.filter((item) => item !== null).filter((item) => !query.mine || item.mayDecide);
  return { items, cursor: page.cursor };
}

async function summary(
  deps: Pick<Deps, 'runs' | 'plans' | 'clock'>,
  scope: RunScope,
  id: string,
  who: Candidate,
): Promise<Omit<ApprovalView, 'content'> | null> {
  const [stored, request] = await Promise.all([
    deps.runs.readHead(scope),
    deps.runs.readDocument(scope, 'request', id),
  ]);
  if (stored === null || request === null) return null;
  const plan = await deps.plans.get(scope.tenant, stored.head.workflow, stored.head.version);
  const whyNot = ineligible(request, [], who);
  const open = request.state === 'OPEN' && !isOverdue(request, deps.clock.now());
  const vote = voteOf(request, { by: who.id, onBehalfOf: null });
  return { head: stored.head, plan, request, whyNot, mayDecide: open && whyNot === null && vote === null };
}
