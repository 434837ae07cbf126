/**
 * The page behind a personal link. Opening it changes nothing but the tenant's log of who saw what; only a post with the
 * page's own nonce decides. Unknown, expired and revoked links are answered alike.
 */
import type { Deps } from '../../ports/deps.ts';
import type { Candidate } from '../../domain/governance/eligible.ts';
import { isOverdue, voteOf } from '../../domain/governance/request.ts';
import type { RunScope } from '../../domain/ids.ts';
import type { Violation } from '../../domain/schema/validate.ts';
import type { RequestDocument } from '../../domain/run/documents.ts';
import { COMMENT_MAX, decideApproval, linkHolds, type Decided } from '../decide-approval.ts';
import { checkNonce, hashOf, isToken, makeNonce } from '../link-token.ts';
import { candidateOfLink, formAskedBy, readApproval, type ApprovalView } from '../read-approval.ts';
import { typedIn, valuesIn, type Typed } from './form-values.ts';
import type { ApprovalPage, AskPage } from './model.ts';
import { askPage, decidedPage, RECORDS_PER_PAGE, type Named } from './present.ts';
import { renderApprovalPage } from './render.ts';
import { PAGE_HEADERS } from './style.ts';

export interface PageAnswer {
  readonly status: number;
  readonly html: string;
  readonly headers: Record<string, string>;
}

type PageDeps = Pick<
  Deps,
  | 'runs'
  | 'plans'
  | 'lanes'
  | 'clock'
  | 'ids'
  | 'telemetry'
  | 'settings'
  | 'vault'
  | 'tenantLog'
  | 'requests'
  | 'directory'
  | 'keys'
>;

interface Opened {
  readonly scope: RunScope;
  readonly step: number;
  readonly tokenHash: string;
  readonly who: Candidate;
}

const answer = (status: number, page: ApprovalPage): PageAnswer => ({
  status,
  html: renderApprovalPage(page),
  headers: { ...PAGE_HEADERS },
});

const INVALID = answer(404, {
  kind: 'message',
  title: 'This link is not valid',
  text: 'It may have expired, been replaced or been copied in part. If you are still asked, you find the question in your work list, or ask whoever started the run.',
});
const NOT_YOURS = answer(403, {
  kind: 'message',
  title: 'You may not decide this',
  text: 'You are no longer among the people whom the policy names, or you are involved in what is to be decided.',
});

const UNREADABLE = answer(409, {
  kind: 'message',
  title: 'The content cannot be shown',
  text: 'What is stored is not what was asked. Nothing can be decided here; tell whoever runs Countersign.',
});

export async function openLink(deps: PageDeps, token: string, page = 1): Promise<PageAnswer> {
  const opened = await findLink(deps, token);
  return opened === null ? INVALID : show(deps, opened, 200, { page });
}

export async function decideByLink(deps: PageDeps, token: string, form: URLSearchParams): Promise<PageAnswer> {
  const opened = await findLink(deps, token);
  if (opened === null) return INVALID;
  const decision = form.get('decision');
  const comment = (form.get('comment') ?? '').slice(0, COMMENT_MAX);
  const typed = typedIn(form);
  const again: Again = (status, text, problems = []) => {
    const field = problems.some(({ pointer }) => pointer === '/comment') ? 'comment' : null;
    const violations = problems
      .filter(({ pointer }) => pointer.startsWith('/values'))
      .map((each) => ({ ...each, pointer: each.pointer.slice('/values'.length) }));
    return show(deps, opened, status, { page: 1, comment, typed, violations, problem: { text, field } });
  };
  if (decision !== 'approve' && decision !== 'reject') return again(400, 'Choose whether to approve or to reject.');
  const written = form.get('revision') ?? '';
  // 0 is no revision: its nonce is never right.
  const revision = /^[1-9]\d{0,8}$/.test(written) ? Number(written) : 0;
  const digest = form.get('digest') ?? '';
  const { scope, step, tokenHash, who } = opened;
  const shown = { tokenHash, request: `${scope.run}~${step}`, revision, digest };
  const key = await deps.keys.mac(scope.tenant, 'nonce');
  const nonce = checkNonce(key, shown, form.get('nonce') ?? '', deps.clock.now());
  if (nonce === 'wrong') return again(400, 'The form was not complete. Look at the content and decide again.');
  if (nonce === 'expired')
    return again(409, 'The page had been open for more than 30 minutes. Look at the content and decide again.');
  // Also where the values stand already: the same answer again is the same decision.
  const asked = decision === 'approve' && typed.size > 0 ? await formAskedBy(deps, scope, step) : null;
  const values = asked === null ? null : valuesIn(asked, typed);
  const vote = { decision, revision, digest, comment: comment === '' ? null : comment, values, tokenHash } as const;
  return decided(deps, opened, await decideApproval(deps, scope, step, who, vote), again);
}

type Again = (status: number, text: string, problems?: readonly Violation[]) => Promise<PageAnswer>;

function textOf(problems: readonly Violation[]): string {
  if (problems.some(({ pointer }) => pointer === '/comment')) return 'Say in the comment why you reject.';
  const fields = problems.length === 1 ? 'One answer is' : 'Some answers are';
  return `${fields} missing or not possible. What you wrote is still here.`;
}

async function decided(deps: PageDeps, opened: Opened, outcome: Decided, again: Again): Promise<PageAnswer> {
  switch (outcome.kind) {
    case 'recorded':
      return show(deps, opened, 200, { page: 1, justNow: true });
    case 'standing':
      return show(deps, opened, 409, { page: 1, tooLate: true });
    case 'changed':
      return again(
        409,
        'The content has changed since you opened the page. What stands below is new: review it again.',
      );
    case 'invalid':
      return again(422, textOf(outcome.problems), outcome.problems);
    case 'ineligible':
      return outcome.why === 'LINK_INVALID' ? INVALID : NOT_YOURS;
    case 'unknown':
      return INVALID;
  }
}

/** A token names a person and a request only while the request itself says so. */
async function findLink(deps: PageDeps, token: string): Promise<Opened | null> {
  if (!isToken(token)) return null;
  const tokenHash = hashOf(token);
  const found = await deps.requests.findLink(tokenHash);
  if (found === null) return null;
  const scope: RunScope = { tenant: found.tenant, run: found.run };
  const request = await deps.runs.readDocument(scope, 'request', found.request);
  const link = request?.links.find((each) => each.tokenHash === tokenHash);
  if (request == null || link === undefined) return null;
  if (!linkHolds(request, link.approver, tokenHash, deps.clock.now())) return null;
  const who = await candidateOfLink(deps, scope.tenant, link.approver);
  return who === null ? null : { scope, step: request.step, tokenHash, who };
}

interface Showing {
  readonly page: number;
  readonly comment?: string;
  readonly typed?: Typed;
  readonly violations?: readonly Violation[];
  readonly problem?: AskPage['problem'];
  readonly justNow?: boolean;
  readonly tooLate?: boolean;
}

async function show(deps: PageDeps, opened: Opened, status: number, how: Showing): Promise<PageAnswer> {
  const { scope, step, who, tokenHash } = opened;
  const page = Number.isSafeInteger(how.page) && how.page > 0 ? how.page : 1;
  const window = { offset: (page - 1) * RECORDS_PER_PAGE, limit: RECORDS_PER_PAGE };
  const view = await readApproval(deps, scope, step, who, window);
  if (view === null) return INVALID;
  const { request } = view;
  const names = await namesFor(deps, scope, view, who);
  if (view.mayDecide && view.content !== null) {
    const now = deps.clock.now();
    const about = { tokenHash, request: `${scope.run}~${step}`, revision: request.revision, digest: request.digest };
    const nonce = makeNonce(await deps.keys.mac(scope.tenant, 'nonce'), about, now);
    const { comment = '', problem = null, typed = null, violations = [] } = how;
    const shown = { page, now, nonce, comment, problem, typed, violations };
    return answer(status, askPage(view, view.content, names, shown));
  }
  if (request.state === 'OPEN' && view.whyNot !== null) return NOT_YOURS;
  const now = deps.clock.now();
  const asked = request.state === 'OPEN' && !isOverdue(request, now);
  if (asked && voteOf(request, { by: who.id, onBehalfOf: null }) === null) return UNREADABLE;
  return answer(status, decidedPage(view, names, { ...how, now }));
}

/** Names of everyone whom the page mentions, as the directory knows them. */
async function namesFor(deps: PageDeps, scope: RunScope, view: ApprovalView, who: Candidate): Promise<Named> {
  const ids = new Set([view.head.startedBy.id, who.id, ...deciders(view.request)]);
  const people = await Promise.all([...ids].map((id) => deps.directory.find(scope.tenant, id)));
  const names = new Map(people.flatMap((person) => (person === null ? [] : [[person.id, person.name] as const])));
  return { reader: names.get(who.id) ?? who.id, of: (id) => names.get(id) ?? id };
}

const deciders = (request: RequestDocument) => request.decisions.map((decision) => decision.by);
