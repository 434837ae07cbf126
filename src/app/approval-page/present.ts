/** From an approval as a person may see it to what the page shows. */
import type { PrincipalId } from '../../domain/ids.ts';
import { isJsonObject, type Instant, type Json, type JsonObject } from '../../domain/json.ts';
import { isOverdue, standingDecisions } from '../../domain/governance/request.ts';
import { formAsked, formShown } from '../../domain/governance/form.ts';
import type { Violation } from '../../domain/schema/validate.ts';
import type { ApprovalView, ShownContent } from '../read-approval.ts';
import { formOnPage, valuesOnPage } from './form-fields.ts';
import type { Typed } from './form-values.ts';
import type { AskPage, DecidedPage, PageSubject } from './model.ts';

export const RECORDS_PER_PAGE = 50;

export interface Named {
  readonly reader: string;
  of(id: PrincipalId): string;
}

function subjectOf({ head, plan, request }: ApprovalView, names: Named): PageSubject {
  return {
    workflow: plan.name,
    version: plan.version,
    run: head.run,
    step: plan.steps[request.step - 1]?.id ?? String(request.step),
    reader: names.reader,
  };
}

export function askPage(
  view: ApprovalView,
  content: ShownContent,
  names: Named,
  how: Pick<AskPage, 'now' | 'nonce' | 'comment' | 'problem'> & {
    readonly page: number;
    readonly typed: Typed | null;
    readonly violations: readonly Violation[];
  },
): AskPage {
  const { request, head, plan } = view;
  const { page, typed, violations, ...rest } = how;
  const asks = request.values === 'asked' || request.values === 'noted';
  const form = asks ? suggesting(formAsked(plan, request.step), content.values) : null;
  return {
    kind: 'ask',
    subject: subjectOf(view, names),
    startedBy: names.of(head.startedBy.id),
    openedAt: request.openedAt,
    dueAt: request.dueAt,
    onDeadline: request.onDeadline,
    validForMs: request.validForMs,
    reasons: request.reasons.map((code) => ({ code, text: content.texts[code] ?? TEXTS[code] ?? null })),
    quorum: request.quorum,
    totals: content.totals,
    facts: content.facts,
    checked: content.subject,
    requests: content.requests.map(({ target, connector, ...each }) => ({
      step: each.step,
      target: `${connector} · ${'command' in target ? target.command : target.resource}`,
      connectorVersion: each.connectorVersion,
      action: 'command' in target ? 'command' : target.mode,
      count: each.count,
      records: each.records,
    })),
    complete: content.complete,
    paging: {
      page,
      pages: Math.max(1, Math.ceil(content.count / RECORDS_PER_PAGE)),
      from: Math.min(content.offset + 1, content.count),
      to: Math.min(content.offset + content.limit, content.count),
      total: content.count,
    },
    revision: request.revision,
    digest: request.digest,
    form: form === null ? null : formOnPage(form, typed, violations),
    informational: content.informational,
    values: standingValues(view),
    ...rest,
  };
}

/** What stands is shown in the fields, so that whoever approves next may leave it or put it right. */
function suggesting(form: JsonObject | null, values: JsonObject | null): JsonObject | null {
  const properties = form?.['properties'];
  if (form === null || values === null || !isJsonObject(properties)) return form;
  const filled = Object.entries(properties).map(([name, schema]) => {
    const { default: _author, ...own } = isJsonObject(schema) ? schema : {};
    return [name, Object.hasOwn(values, name) ? { ...own, default: values[name] as Json } : own] as const;
  });
  return { ...form, properties: Object.fromEntries(filled) };
}

/** What somebody said, for whoever may see what is decided. */
function standingValues({ plan, request, content }: ApprovalView): AskPage['values'] {
  const values = content?.values ?? null;
  return values === null ? null : valuesOnPage(formShown(plan, request.step), values);
}

/** Texts of the reasons that the engine itself gives. */
const TEXTS: Readonly<Record<string, string>> = {
  CONTENT_CHANGED: 'What would be written has changed since it was approved.',
  POLICY_CHANGED: 'The rules have changed since it was approved.',
  WITHDRAWN: 'An approval of this was taken back before anything was written.',
  EXPIRED: 'The earlier approval is no longer valid.',
};

export function decidedPage(
  view: ApprovalView,
  names: Named,
  how: { readonly justNow?: boolean; readonly tooLate?: boolean; readonly now: Instant },
): DecidedPage {
  const { request, head } = view;
  const state = request.state === 'OPEN' && isOverdue(request, how.now) ? 'EXPIRED' : request.state;
  return {
    kind: 'decided',
    subject: subjectOf(view, names),
    state,
    justNow: how.justNow ?? false,
    tooLate: how.tooLate ?? false,
    receipts: standingDecisions(request).map((decision) => ({
      approval: `${head.run}~${request.step}`,
      decision: decision.decision,
      by: names.of(decision.by),
      at: decision.at,
      assurance: decision.assurance,
      revision: decision.revision,
      digest: decision.digest,
    })),
    values: state === 'VOID' ? null : standingValues(view),
  };
}
