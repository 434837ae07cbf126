/** The content of a decision record, as a step reads it. */
import { contentOfRequest } from '../app/read-approval-content.ts';
import type { Content } from '../domain/governance/content.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { Step } from './step.ts';

export const openContent = (step: Step, request: RequestDocument): Promise<Content | null> =>
  contentOfRequest(step.deps, step.scope, request, 'step');
