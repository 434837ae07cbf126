/** Routes of runs: start, read, control, outputs. */
import { z } from 'zod';
import { route } from '../route.ts';
import {
  InstantShape,
  JsonShape,
  JsonObjectShape,
  NameShape,
  PageQuery,
  pageOf,
  ReasonShape,
  RunIdShape,
  RunShape,
  RunStateShape,
  StepIdShape,
} from '../shapes.ts';

const RunParams = z.object({ run: RunIdShape });
const StepParams = z.object({ run: RunIdShape, step: StepIdShape });
const Reason = z.strictObject({ reason: ReasonShape });
const started = { 202: { description: 'Accepted; `Location` names the run', schema: RunShape } } as const;
const controlled = { 200: { description: 'The run after the change', schema: RunShape } } as const;
const Reveal = z.object({
  reveal: z
    .string()
    .max(4000)
    .regex(/^(?:\/[^,]*)?(?:,(?:\/[^,]*)?)*$/, 'JSON pointers, separated by commas: each is empty or begins with /')
    .optional()
    .describe('JSON pointers, separated by commas; empty pointer reveals all. Needs the right to it and `reason`'),
  reason: ReasonShape.optional(),
});

const EffectShape = z
  .object({
    id: z.string(),
    step: z.string(),
    batch: z.number().int(),
    epoch: z.number().int(),
    state: z.string(),
    key: z.string().describe('Idempotency key that the outside system was given'),
    connector: z.string(),
    connectorVersion: z.number().int(),
    resource: z.string(),
    until: z.string().nullable(),
    settledAt: z.string().nullable(),
    decision: z.string().nullable().describe('The decision under which it was sent'),
  })
  .meta({ id: 'Effect' });
const AuditRecordShape = z
  .object({
    seq: z.number().int(),
    at: z.string(),
    by: z.string(),
    event: JsonObjectShape.describe('Type of the event with its ids, codes and numbers'),
    head: JsonObjectShape.describe('Fields of the run that changed'),
    rows: z.array(JsonObjectShape).describe('Steps that changed'),
    documents: z.array(JsonObjectShape).describe('Documents written or removed, with the hash of their stored form'),
    prev: z.string(),
    hash: z.string().describe('SHA-256 of the canonical record without this field'),
  })
  .meta({ id: 'AuditRecord' });

export const startRun = route({
  id: 'startRun',
  method: 'POST',
  path: 'api/v1/workflows/{workflow}/runs',
  tag: 'runs',
  permission: 'runs.start',
  idempotent: true,
  traced: true,
  summary: 'Start a run: its records are written before anything executes',
  params: z.object({ workflow: NameShape }),
  query: z.object({
    version: z.coerce.number().int().positive().optional(),
    wait: z.coerce.number().int().min(0).max(200).optional().describe('Seconds to wait for the end or a person'),
  }),
  body: z.strictObject({ input: JsonObjectShape.optional(), trigger: z.enum(['api', 'manual']).optional() }),
  answers: {
    ...started,
    200: { description: 'Ended or waiting within `wait`, or replayed by its idempotency key', schema: RunShape },
  },
  problems: ['INVALID_INPUT', 'NOT_FOUND', 'CONFLICT'],
});
export const listRuns = route({
  id: 'listRuns',
  method: 'GET',
  path: 'api/v1/runs',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'Runs, newest first',
  query: z.object({
    ...PageQuery,
    workflow: NameShape.optional(),
    state: RunStateShape.optional(),
    createdFrom: InstantShape.optional(),
    createdTo: InstantShape.optional(),
  }),
  answers: { 200: { description: 'A page of runs', schema: pageOf(RunShape, 'RunPage') } },
});
export const searchRuns = route({
  id: 'searchRuns',
  method: 'POST',
  path: 'api/v1/runs/search',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'Runs by values that do not belong into a URL',
  body: z.strictObject({
    businessKey: z.string().min(1).max(500),
    limit: z.number().int().min(1).max(200).default(50),
    cursor: z.string().max(2000).optional(),
  }),
  answers: { 200: { description: 'A page of runs', schema: pageOf(RunShape, 'RunPage') } },
});
export const getRun = route({
  id: 'getRun',
  method: 'GET',
  path: 'api/v1/runs/{run}',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'One run with its steps',
  etag: true,
  params: RunParams,
  query: z.object({
    wait: z.coerce.number().int().min(0).max(200).optional(),
    after: z.coerce
      .number()
      .int()
      .min(0)
      .optional()
      .describe(
        'With `wait`: answer once the audit sequence is greater; without it, once the run has ended or waits for somebody',
      ),
  }),
  answers: { 200: { description: 'The run', schema: RunShape } },
  problems: ['NOT_FOUND'],
});
export const getRunOutput = route({
  id: 'getRunOutput',
  method: 'GET',
  path: 'api/v1/runs/{run}/output',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'Output of the run',
  params: RunParams,
  query: Reveal,
  answers: {
    200: {
      description: 'The output; what is sensitive reads `{"$sensitive":true}`',
      schema: z.object({ output: JsonShape }),
    },
  },
  problems: ['NOT_FOUND', 'FORBIDDEN', 'GONE'],
});
export const getStepOutput = route({
  id: 'getStepOutput',
  method: 'GET',
  path: 'api/v1/runs/{run}/steps/{step}/output',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'Output or error of one step',
  params: StepParams,
  query: Reveal,
  answers: {
    200: {
      description: 'Output or error; the error of a write says in `records` what became of each record',
      schema: z.object({ output: JsonShape.optional(), error: JsonShape.optional() }),
    },
  },
  problems: ['NOT_FOUND', 'FORBIDDEN', 'GONE'],
});
export const getRunEvents = route({
  id: 'getRunEvents',
  method: 'GET',
  path: 'api/v1/runs/{run}/events',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'The audit chain of the run',
  params: RunParams,
  query: z.object({
    from: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(500).default(200),
  }),
  answers: { 200: { description: 'Audit records in order', schema: z.object({ items: z.array(AuditRecordShape) }) } },
  problems: ['NOT_FOUND'],
});

const control = <const Id extends string>(id: Id, path: string, summary: string) =>
  route({
    id,
    method: 'POST',
    path,
    tag: 'runs',
    permission: 'runs.control',
    summary,
    params: RunParams,
    body: Reason,
    answers: controlled,
    problems: ['NOT_FOUND', 'CONFLICT'],
  });
export const cancelRun = control('cancelRun', 'api/v1/runs/{run}/cancel', 'Cancel: running steps end, `finally` runs');
export const terminateRun = control(
  'terminateRun',
  'api/v1/runs/{run}/terminate',
  'Terminate at once; nothing else runs',
);
export const pauseRun = control('pauseRun', 'api/v1/runs/{run}/pause', 'Pause: running steps end, nothing new starts');
export const resumeRun = control('resumeRun', 'api/v1/runs/{run}/resume', 'Resume a paused run');
export const retryRun = control('retryRun', 'api/v1/runs/{run}/retry', 'Run again from the roots as the next attempt');
export const retryStep = route({
  id: 'retryStep',
  method: 'POST',
  path: 'api/v1/runs/{run}/steps/{step}/retry',
  tag: 'runs',
  permission: 'runs.control',
  summary: 'Run a step and all that follows from it again',
  params: StepParams,
  body: Reason,
  answers: controlled,
  problems: ['NOT_FOUND', 'CONFLICT'],
});
export const resolveEffect = route({
  id: 'resolveEffect',
  method: 'POST',
  path: 'api/v1/runs/{run}/effects/{effect}/resolution',
  tag: 'runs',
  permission: 'effects.resolve',
  summary: 'Say what became of an effect whose outcome nobody knows',
  params: z.object({ run: RunIdShape, effect: z.string().regex(/^effect~\d+~\d+~\d+$/, 'is no id of an effect') }),
  body: z.strictObject({
    resolution: z
      .enum(['happened', 'did-not-happen', 'send-again'])
      .describe('`send-again`: the waiting step sends the same key once more'),
    reason: ReasonShape,
  }),
  answers: controlled,
  problems: ['NOT_FOUND', 'CONFLICT'],
});
export const listEffects = route({
  id: 'listEffects',
  method: 'GET',
  path: 'api/v1/runs/{run}/effects',
  tag: 'runs',
  permission: 'runs.read',
  summary: 'Effects of the run: what was sent where, and what became of it',
  params: RunParams,
  answers: {
    200: { description: 'Effects without their contents', schema: z.object({ items: z.array(EffectShape) }) },
  },
  problems: ['NOT_FOUND'],
});
