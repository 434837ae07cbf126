/** The registry: every route of the API. A function without a route here, or a route without a function, fails a test. */
import type { Route } from '../route.ts';
import * as approvals from './approvals.ts';
import * as artifacts from './artifacts.ts';
import * as definitions from './definitions.ts';
import * as runs from './runs.ts';
import * as service from './service.ts';

const kinds = [
  definitions.workflows,
  definitions.connectors,
  definitions.policies,
  definitions.businessObjects,
].flatMap((kind): Route[] => Object.values(kind));

export const ROUTES: readonly Route[] = [
  ...kinds,
  definitions.applyDefinitions,
  definitions.validateDefinitions,
  definitions.definitionSchema,
  definitions.workflowGraph,
  definitions.testConnector,
  runs.startRun,
  runs.listRuns,
  runs.searchRuns,
  runs.getRun,
  runs.getRunOutput,
  runs.getStepOutput,
  runs.getRunEvents,
  runs.cancelRun,
  runs.terminateRun,
  runs.pauseRun,
  runs.resumeRun,
  runs.retryRun,
  runs.retryStep,
  runs.listEffects,
  runs.resolveEffect,
  approvals.listApprovals,
  approvals.getApproval,
  approvals.decideApproval,
  approvals.revokeApproval,
  approvals.voidApproval,
  approvals.getReceipt,
  artifacts.putArtifact,
  artifacts.listArtifacts,
  artifacts.getArtifact,
  service.health,
  service.ready,
  service.openapi,
  service.docs,
  service.docsAsset,
  service.whoami,
  service.showApprovalPage,
  service.submitApprovalPage,
];
