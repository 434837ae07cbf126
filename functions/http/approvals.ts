/** Approvals over HTTP, and the page behind a personal link. */
import { decideByLink, openLink } from '../../src/app/approval-page/by-link.ts';
import { decideApproval, lastReceipt, type Decided } from '../../src/app/decide-approval.ts';
import { candidateOf, listApprovals, readApproval, type ApprovalView } from '../../src/app/read-approval.ts';
import { withdrawApproval, type WithdrawnOr } from '../../src/app/withdraw-approval.ts';
import { Problem } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/approvals.ts';
import { showApprovalPage, submitApprovalPage } from '../../src/contract/routes/service.ts';
import { formShown } from '../../src/domain/governance/form.ts';
import { runId, type RunScope } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Principal } from '../../src/ports/identity.ts';
import { handle, type Answer } from './edge.ts';

function target(caller: Principal, approval: string): { scope: RunScope; step: number } {
  const at = approval.lastIndexOf('~');
  return { scope: { tenant: caller.tenant, run: runId(approval.slice(0, at)) }, step: Number(approval.slice(at + 1)) };
}

function present({ head, plan, request, mayDecide }: Omit<ApprovalView, 'content'>) {
  return {
    id: `${head.run}~${request.step}`,
    run: head.run,
    workflow: plan.workflow,
    version: plan.version,
    step: plan.steps[request.step - 1]?.id ?? '',
    state: request.state,
    revision: request.revision,
    digest: request.digest,
    reasons: request.reasons,
    quorum: request.quorum,
    assurance: request.assurance,
    openedAt: request.openedAt,
    dueAt: request.dueAt,
    validUntil: request.validUntil,
    values: request.values,
    decisions: request.decisions.map(({ by, decision, at, assurance, withdrawn }) => ({
      by,
      decision,
      at,
      assurance,
      withdrawnAt: withdrawn?.at ?? null,
    })),
    mayDecide,
  };
}

/**
 * A form that another web page sent. The page's own has `Origin: null`, for it sends no referrers; so the browser's word
 * `same-origin`, which no page can set, counts first.
 */
function isForeignForm(header: (name: string) => string | null, publicBaseUrl: string): boolean {
  const site = header('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = header('origin');
  return origin !== null && origin !== new URL(publicBaseUrl).origin;
}

function answerOf(approval: string, decided: Decided): Answer {
  switch (decided.kind) {
    case 'recorded':
      return { status: 200, json: decided.receipt };
    case 'unknown':
      throw new Problem('NOT_FOUND', `There is no approval ${approval}.`);
    case 'ineligible':
      throw new Problem('NOT_ELIGIBLE', `You may not decide this (${decided.why}).`);
    case 'invalid':
      throw invalid(decided.problems);
    case 'changed':
      throw new Problem('CONTENT_CHANGED', 'The content is no longer what this digest stands for.');
    case 'standing':
      throw new Problem('ALREADY_DECIDED', `The approval is ${decided.state}.`, [], {
        standing: decided.receipt ?? { state: decided.state },
      });
  }
}

/** A comment that is missing is a fault of the request; values that do not fit the form say so by a code of their own. */
function invalid(problems: Extract<Decided, { kind: 'invalid' }>['problems']): Problem {
  const errors = problems.map(({ pointer, keyword, message }) => ({ pointer, code: codeOf(keyword), message }));
  return problems.some(({ pointer }) => pointer.startsWith('/values'))
    ? new Problem('INVALID_VALUES', 'Nothing was decided.', errors)
    : new Problem('INVALID_REQUEST', 'A rejection needs a comment.', errors);
}

/** `minLength` → `MIN_LENGTH`; what a form does not name is an unknown field, as everywhere. */
const codeOf = (keyword: string): string =>
  keyword === 'additionalProperties' ? 'UNKNOWN_FIELD' : keyword.replaceAll(/[A-Z]/g, '_$&').toUpperCase();

function withdrawnOf(approval: string, outcome: WithdrawnOr): Answer {
  switch (outcome.kind) {
    case 'withdrawn':
      return { status: 200, json: outcome.receipt };
    case 'unknown':
      throw new Problem('NOT_FOUND', `There is no approval ${approval}.`);
    case 'nothing':
      throw new Problem('CONFLICT', `No approval stands that you could take back (${outcome.state}).`);
    case 'too-late':
      throw new Problem(
        'CONFLICT',
        'What was approved is being written or used, or has been: it can no longer be taken back.',
      );
  }
}

export const approvalHandlers = [
  handle(routes.listApprovals, async ({ caller, query }, { deps }) => {
    const page = await listApprovals(deps, caller.tenant, await candidateOf(deps, caller), {
      limit: query.limit,
      cursor: query.cursor ?? null,
      mine: query.mine === 'true',
    });
    return { status: 200, json: { items: page.items.map(present), cursor: page.cursor } };
  }),
  handle(routes.getApproval, async ({ caller, params, query }, { deps }) => {
    const { scope, step } = target(caller, params.approval);
    const view = await readApproval(deps, scope, step, await candidateOf(deps, caller), query);
    if (view === null) throw new Problem('NOT_FOUND', `There is no approval ${params.approval}.`);
    return {
      status: 200,
      json: { ...present(view), form: formShown(view.plan, step), content: view.content },
      headers: { etag: `"${view.request.revision}-${view.request.digest.slice(0, 16)}"` },
    };
  }),
  handle(routes.decideApproval, async ({ caller, params, body }, { deps }) => {
    const { scope, step } = target(caller, params.approval);
    const decided = await decideApproval(deps, scope, step, await candidateOf(deps, caller), {
      decision: body.decision,
      revision: body.revision,
      digest: body.digest,
      comment: body.comment ?? null,
      values: (body.values as JsonObject | undefined) ?? null,
      tokenHash: null,
    });
    return answerOf(params.approval, decided);
  }),
  handle(routes.revokeApproval, async ({ caller, params, body }, { deps }) => {
    const { scope, step } = target(caller, params.approval);
    const asked = { by: caller.id, whose: 'own', reason: body.reason } as const;
    return withdrawnOf(params.approval, await withdrawApproval(deps, scope, step, asked));
  }),
  handle(routes.voidApproval, async ({ caller, params, body }, { deps }) => {
    const { scope, step } = target(caller, params.approval);
    const asked = { by: caller.id, whose: 'all', reason: body.reason } as const;
    return withdrawnOf(params.approval, await withdrawApproval(deps, scope, step, asked));
  }),
  handle(routes.getReceipt, async ({ caller, params }, { deps }) => {
    const { scope, step } = target(caller, params.approval);
    const request = await deps.runs.readDocument(scope, 'request', `request~${step}`);
    const receipt = request === null ? null : lastReceipt(scope, request);
    if (receipt === null) throw new Problem('NOT_FOUND', 'Nobody has decided this.');
    return { status: 200, json: receipt };
  }),
  handle(showApprovalPage, async ({ params, query }, { deps }) => {
    const { status, html, headers } = await openLink(deps, params.token, query.page ?? 1);
    return { status, text: html, headers };
  }),
  handle(submitApprovalPage, async ({ params, raw, header }, { deps }) => {
    if (isForeignForm(header, deps.settings.publicBaseUrl))
      throw new Problem('FORBIDDEN', 'A decision is taken from the page of this service only.');
    const { status, html, headers } = await decideByLink(
      deps,
      params.token,
      new URLSearchParams(new TextDecoder().decode(raw.bytes)),
    );
    if (status === 404) deps.telemetry.event('link.refused', { status });
    return { status, text: html, headers };
  }),
];
