/**
 * Turns a judgement into the request document that records it: settled by policy alone, or open for people, with their
 * personal links and notices. A token leaves this function only sealed, inside its notice.
 */
import { later } from '../domain/instant.ts';
import { newToken, sha256 } from '../app/link-token.ts';
import { contentDigest } from '../domain/governance/content.ts';
import { mergeDisclosure } from '../domain/governance/disclosure.ts';
import { admits, strongest } from '../domain/governance/eligible.ts';
import { formAsked } from '../domain/governance/form.ts';
import { contentPlace, noticeEntry, postId, postPlace } from '../domain/governance/notice.ts';
import type { ApproverRule, OnDeadline, Requirement } from '../domain/governance/policy.ts';
import { requestId } from '../domain/governance/request.ts';
import { principalId } from '../domain/ids.ts';
import type { Instant, Json } from '../domain/json.ts';
import type { ApproverLink, PostDocument, RequestDocument } from '../domain/run/documents.ts';
import type { OutboxEntry } from '../domain/run/head.ts';
import type { Person } from '../ports/directory.ts';
import type { Notice } from '../ports/notifier.ts';
import { involved, type Assessment, type GovernStep } from './govern-assess.ts';
import type { Step } from './step.ts';

/** Personal notices per request; whoever else may decide finds it by the API. Keeps the commit under its limit. */
const MOST_NOTICES = 40;
/** How long a personal link lives where the policy sets no deadline. */
const LINK_MS = 72 * 3_600_000;

export interface Opened {
  readonly request: RequestDocument;
  readonly put: readonly (RequestDocument | PostDocument)[];
  readonly post: readonly OutboxEntry[];
}

/** The document of a judgement that asks nobody. */
export async function recordByPolicy(
  step: Step,
  assessment: Assessment,
  before: RequestDocument | null,
  now: Instant,
): Promise<RequestDocument> {
  const allowed = assessment.judgement.verdict === 'allow';
  return {
    ...(await common(step, assessment, before, now)),
    state: allowed ? 'APPROVED' : 'REJECTED',
    authority: 'policy',
    eligible: { users: [], roles: [], groups: [] },
    excluded: [],
    quorum: 0,
    assurance: 'signed-in',
    disclose: {},
    links: [],
    dueAt: null,
    onDeadline: null,
    decidedAt: now,
    values: assessment.content.values === null ? 'none' : 'given',
    validUntil: allowed ? later(now, assessment.content.validForMs) : null,
  };
}

/** Opens the question to people; null when nobody may answer it. `reason` says why it is asked again. */
export async function askPeople(
  step: Step,
  govern: GovernStep | null,
  assessment: Assessment,
  before: RequestDocument | null,
  now: Instant,
  reason: string | null = null,
): Promise<Opened | null> {
  const { requirements } = assessment.content;
  const excluded = (await involved(step, assessment)).map(principalId);
  const people = await answerable(step, requirements, excluded);
  const quorum = Math.max(...requirements.map((requirement) => requirement.quorum));
  if (people.length < quorum) return null;
  const basis = await common(step, assessment, before, now);
  const due = requirements.flatMap(({ dueMs }) => (dueMs === null ? [] : [dueMs]));
  const dueAt = due.length === 0 ? null : later(now, Math.min(...due));
  const assurance = strongest(requirements.map((requirement) => requirement.assurance));
  const request: Omit<RequestDocument, 'links'> = {
    ...basis,
    reasons: reason === null ? basis.reasons : [reason, ...basis.reasons],
    state: 'OPEN',
    authority: 'people',
    eligible: eligibleOf(requirements, people),
    excluded,
    quorum,
    assurance,
    disclose: mergeDisclosure(requirements, govern?.action.disclose ?? null),
    dueAt,
    onDeadline: dueAt === null ? null : strictest(requirements),
    decidedAt: null,
    validUntil: null,
    values: assessment.content.values !== null ? 'given' : formAsked(step.plan, basis.step) === null ? 'none' : 'asked',
  };
  const notices = await notify(step, request, people.slice(0, MOST_NOTICES), now);
  const open: RequestDocument = { ...request, links: notices.links };
  return { request: open, put: [open, ...notices.put], post: notices.post };
}

async function common(
  step: Step,
  { content, judgement }: Assessment,
  before: RequestDocument | null,
  now: Instant,
): Promise<
  Pick<
    RequestDocument,
    | 'kind'
    | 'id'
    | 'step'
    | 'revision'
    | 'digest'
    | 'reasons'
    | 'policies'
    | 'decisions'
    | 'comments'
    | 'answers'
    | 'openedAt'
    | 'validForMs'
    | 'attempt'
    | 'content'
  >
> {
  const ordinal = step.step.ordinal;
  const revision = (before?.revision ?? 0) + 1;
  const { attempt } = step.head;
  return {
    kind: 'request',
    id: requestId(ordinal),
    step: ordinal,
    revision,
    digest: contentDigest(sha256, content),
    reasons: judgement.reasons,
    policies: judgement.policies,
    // Decisions over earlier revisions stay on record; they count for nothing any more.
    decisions: before?.decisions ?? [],
    comments: before?.comments ?? null,
    answers: before?.answers ?? null,
    openedAt: now,
    validForMs: content.validForMs,
    attempt,
    content: await step.deps.vault.seal(
      contentPlace(step.scope, ordinal, revision, attempt),
      content as unknown as Json,
    ),
  };
}

/** People whom every requirement admits and who are not involved. */
async function answerable(
  step: Step,
  requirements: readonly Requirement[],
  excluded: readonly string[],
): Promise<readonly Person[]> {
  const lists = await Promise.all(
    requirements.map(({ approvers }) => step.deps.directory.members(step.scope.tenant, approvers)),
  );
  const people = new Map(lists.flat().map((person) => [person.id, person]));
  return [...people.values()]
    .filter((person) => !excluded.includes(person.id))
    .filter((person) => requirements.every(({ approvers }) => admits(approvers, person)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One rule is kept as it is; several differing ones can only be shown as the people that all of them admit. */
function eligibleOf(requirements: readonly Requirement[], people: readonly Person[]): ApproverRule {
  const rules = new Map(requirements.map(({ approvers }) => [JSON.stringify(approvers), approvers]));
  const [only] = rules.values();
  if (rules.size === 1 && only !== undefined) return only;
  return { users: people.map((person) => person.id), roles: [], groups: [] };
}

const STRICTNESS: readonly OnDeadline[] = ['fail', 'reject', 'escalate'];
const strictest = (requirements: readonly Requirement[]): OnDeadline =>
  STRICTNESS.find((outcome) => requirements.some(({ onDeadline }) => onDeadline === outcome)) ?? 'reject';

/** One notice per person. A link is made only where it may decide: elsewhere people sign in. */
async function notify(
  step: Step,
  request: Omit<RequestDocument, 'links'>,
  people: readonly Person[],
  now: Instant,
): Promise<{ links: readonly ApproverLink[]; put: readonly PostDocument[]; post: readonly OutboxEntry[] }> {
  const { deps, scope } = step;
  const expiresAt = request.dueAt ?? later(now, LINK_MS);
  const links: ApproverLink[] = [];
  const put: PostDocument[] = [];
  const post: OutboxEntry[] = [];
  for (const [index, person] of people.entries()) {
    const made = request.assurance === 'link' ? newToken((length) => deps.ids.bytes(length)) : null;
    if (made !== null) {
      links.push({ approver: person.id, tokenHash: made.hash, expiresAt, revokedAt: null });
      await deps.requests.putLink(made.hash, { ...scope, request: request.id }, expiresAt);
    }
    const link = made === null ? null : `${deps.settings.publicBaseUrl}/approve/${made.token}`;
    const entry = `notice~${request.step}~${request.revision}~${index}`;
    const notice = noticeFor(step, person, request, 'approval', entry, link);
    put.push({
      kind: 'post',
      id: postId(entry),
      payload: await deps.vault.seal(postPlace(scope, entry), notice as unknown as Json),
    });
    post.push(noticeEntry(entry, request.step, now));
  }
  return { links, put, post };
}

export function noticeFor(
  step: Step,
  to: Person,
  request: Pick<RequestDocument, 'step' | 'dueAt'>,
  kind: Notice['kind'],
  entry: string,
  link: string | null,
): Notice {
  const { scope, plan } = step;
  return {
    id: `${scope.run}~${entry}`,
    to,
    kind,
    workflow: plan.name,
    run: scope.run,
    step: step.step.id,
    request: `${scope.run}~${request.step}`,
    link,
    deadline: request.dueAt,
  };
}
