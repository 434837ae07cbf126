/** Every handler of the API; a test compares them with the declared routes. */
import { approvalHandlers } from './approvals.ts';
import { artifactHandlers } from './artifacts.ts';
import { definitionHandlers } from './definitions.ts';
import type { Handling } from './edge.ts';
import { runHandlers } from './runs.ts';
import { serviceHandlers } from './service.ts';

export const HANDLERS: readonly Handling[] = [
  ...runHandlers,
  ...definitionHandlers,
  ...approvalHandlers,
  ...artifactHandlers,
  ...serviceHandlers,
];
