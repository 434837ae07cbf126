/** The shape of a Workflow document: the steps form and the nodes/edges form. Steps are read one by one by `read-workflow.ts`. */
import { z } from 'zod';
import { anyStep, retry } from './steps.ts';
import { apiVersion, duration, id, jsonSchema, name, sid, text120, text2000, value, values } from './words.ts';

const keyed = z.union([z.strictObject({ value, clear: z.literal(true) }), value]);
const hook = z.union([
  z.strictObject({ notify: name }),
  z.strictObject({ webhook: id }),
  z.strictObject({ call: z.string().regex(/^[^#\s]+#[A-Za-z_$][\w$]*$/, 'must be `module#function`') }),
]);
const hooks = z.array(hook).max(20).optional();

/** Keys of every workflow besides `steps` or `nodes`. */
const common = {
  apiVersion,
  kind: z.literal('Workflow').default('Workflow'),
  name: text120.optional(),
  description: text2000.optional(),
  owner: z.string().min(1).max(200).optional(),
  tags: z
    .array(z.string().regex(/^[A-Za-z0-9._-]{1,60}:[A-Za-z0-9._/ -]{1,100}$/, 'must be `key:value`'))
    .max(20)
    .optional(),
  input: jsonSchema.optional(),
  vars: values.optional(),
  businessKey: keyed.optional(),
  effectKey: keyed.optional(),
  output: value.optional(),
  timeout: duration.optional(),
  retry: retry.extend({ scope: z.enum(['step', 'workflow']).optional() }).optional(),
  concurrency: z
    .strictObject({
      limit: z.int().min(1).max(10_000),
      key: value.optional(),
      onLimit: z.enum(['queue', 'reject', 'cancel-oldest']).optional(),
      maxWait: duration.optional(),
      priority: z.int().min(1).max(5).optional(),
    })
    .optional(),
  defaults: z
    .strictObject({ timeout: duration.optional(), retry: retry.optional(), heartbeat: duration.optional() })
    .optional(),
  hooks: z
    .strictObject({
      onStepStart: hooks,
      onStepComplete: hooks,
      onStepFail: hooks,
      onComplete: hooks,
      onFail: hooks,
      onSuspend: hooks,
    })
    .optional(),
  retention: duration.optional(),
  onError: z.array(z.unknown()).max(500).optional(),
  finally: z.array(z.unknown()).max(500).optional(),
};

export const stepsForm = z.strictObject({
  ...common,
  id: id.optional(),
  order: z.enum(['listed', 'graph']).optional(),
  steps: z.array(z.unknown()).max(500),
});

export const node = z.strictObject({
  id: sid,
  name: text120.optional(),
  type: z.enum(['trigger', 'action']),
  config: z.record(z.string(), z.unknown()).optional(),
});
export const triggerConfig = z.looseObject({ kind: z.enum(['manual', 'api', 'schedule', 'signal']) });
export const pythonConfig = z.strictObject({ python: z.string().min(1) });
export const edge = z.strictObject({ from: sid, to: sid, as: name.optional() });
export const nodesForm = z.strictObject({
  ...common,
  id: id.optional(),
  metadata: z.strictObject({ id, name: text120.optional(), description: text2000.optional() }),
  nodes: z.array(node).max(500),
  edges: z.array(edge).max(2000),
});

export type StepsFormDocument = z.infer<typeof stepsForm>;
export type NodesFormDocument = z.infer<typeof nodesForm>;

/** For the published schema only: the steps form with its steps spelled out. */
const publishedList = z.array(anyStep).max(500);
export const publishedStepsForm = stepsForm.extend({
  steps: publishedList.min(1),
  onError: publishedList.optional(),
  finally: publishedList.optional(),
});
