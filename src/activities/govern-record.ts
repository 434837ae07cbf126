/** The content of a decision record, as a step reads it. */
import { answersOf } from '../app/request-answers.ts';
import { contentOfRequest } from '../app/request-content.ts';
import { StepFault } from '../domain/errors.ts';
import type { Content } from '../domain/governance/content.ts';
import { standingAnswer } from '../domain/governance/informational.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { Step } from './step.ts';

export const openContent = (step: Step, request: RequestDocument): Promise<Content | null> =>
  contentOfRequest(step.deps, step.scope, request, 'step');

/** The same, where nothing may happen without it. */
export async function decidedContent(step: Step, request: RequestDocument): Promise<Content> {
  const content = await openContent(step, request);
  if (content === null) throw new StepFault('UNGOVERNED_EFFECT', 'the decision record does not hold what was decided');
  return content;
}

/** What people typed when they approved, as part of it or beside it; null where nothing was asked or nobody has answered. */
export async function valuesGiven(step: Step, request: RequestDocument | null): Promise<JsonObject | null> {
  if (request?.values === 'noted')
    return standingAnswer(request, await answersOf(step.deps, step.scope, request, 'step'));
  return valuesBound(step, request);
}

/** Those alone that are part of what was approved. */
export async function valuesBound(step: Step, request: RequestDocument | null): Promise<JsonObject | null> {
  return request?.values === 'given' ? (await decidedContent(step, request)).values : null;
}
