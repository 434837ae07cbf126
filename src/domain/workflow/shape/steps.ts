/** The shape of a step, a schema per kind. Strict: unknown keys are refused. Meaning is checked elsewhere. */
import { z } from 'zod';
import { form } from './form.ts';
import {
  condition,
  duration,
  id,
  jsonSchema,
  list,
  name,
  objectId,
  outsideValues,
  pointer,
  sid,
  text120,
  text2000,
  value,
  values,
} from './words.ts';

const code = z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/, 'must be an error code in capitals');
export const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(100).optional(),
  initial: duration.optional(),
  backoff: z.number().min(1).max(10).optional(),
  maxInterval: duration.optional(),
  jitter: z.boolean().optional(),
  on: z.array(code).max(50).optional(),
  never: z.array(code).max(50).optional(),
});
const returns = z.union([
  jsonSchema,
  z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}(\[\])?$/, 'must be a schema, `Id` or `Id[]`'),
]);

/** Keys of every step besides those of its kind. */
const common = {
  id: sid,
  name: text120.optional(),
  description: text2000.optional(),
  dependsOn: z.array(sid).max(500).optional(),
  when: condition.optional(),
  with: values.optional(),
  timeout: duration.optional(),
  totalTimeout: duration.optional(),
  heartbeat: duration.optional(),
  retry: retry.optional(),
  retries: z.int().min(0).max(99).optional(),
  onError: z
    .union([
      z.enum(['fail', 'continue']),
      z.strictObject({
        steps: z.array(z.unknown()).min(1).max(50),
        then: z.enum(['continue', 'fail']).optional(),
      }),
    ])
    .optional(),
  compensate: z.unknown().optional(),
  sensitive: z.union([z.boolean(), z.array(pointer).max(200)]).optional(),
  returns: returns.optional(),
};

const fetchKeys = {
  verb: z.literal('FETCH'),
  connector: id,
  resource: name,
  params: outsideValues.optional(),
  query: outsideValues.optional(),
  page: z.strictObject({ size: z.int().min(1).optional(), max: z.int().min(1).optional() }).optional(),
  limit: z.int().min(1).max(1_000_000).optional(),
  stream: z.boolean().optional(),
};
const lookupKeys = {
  verb: z.literal('LOOKUP'),
  connector: id,
  resource: name,
  key: value,
  /** YAML reads a bare `null` as nothing: both spellings mean the same. */
  missing: z.union([z.enum(['fail', 'null']), z.null()]).optional(),
};
const pushKeys = {
  verb: z.literal('PUSH'),
  connector: id,
  resource: name,
  records: list,
  mode: z.enum(['create', 'update', 'upsert', 'delete']).optional(),
  recordKey: value.optional(),
  batchSize: z.int().min(1).max(10_000).optional(),
  effectKey: value.optional(),
  governedBy: sid.optional(),
  onUnknown: z.enum(['reconcile', 'ask']).optional(),
};
const executeKeys = {
  verb: z.literal('EXECUTE'),
  connector: id,
  command: name,
  arguments: outsideValues.optional(),
  effectKey: value.optional(),
  governedBy: sid.optional(),
  onUnknown: z.enum(['reconcile', 'ask']).optional(),
};
export const codeAction = z.strictObject({
  language: z.enum(['python', 'javascript']),
  source: z.string().max(100_000).optional(),
  file: z.string().max(400).optional(),
  inputs: values.optional(),
  memory: z.union([z.int().min(1), z.string().max(20)]).optional(),
  files: z.array(z.string().max(400)).max(50).optional(),
});
const transformKeys = {
  verb: z.literal('TRANSFORM'),
  map: value.optional(),
  code: codeAction.optional(),
  from: list.optional(),
  to: objectId.optional(),
  invalid: z.enum(['fail', 'drop', 'collect']).optional(),
};
const governKeys = {
  verb: z.literal('GOVERN'),
  policies: z.array(id).min(1).max(20),
  facts: values.optional(),
  totals: z.record(key64(), pointer).optional(),
  form: form.optional(),
  disclose: z.record(name, z.array(pointer).max(100)).optional(),
  onReject: z.enum(['fail', 'continue']).optional(),
  subject: value.optional(),
};
const branch = z.array(sid).max(500);
const gateKeys = {
  verb: z.literal('LOGIC_GATE'),
  if: condition.optional(),
  then: branch.optional(),
  else: branch.optional(),
  switch: z
    .array(z.strictObject({ if: condition, then: branch }))
    .min(1)
    .max(50)
    .optional(),
};
const workflowKeys = {
  workflow: id,
  version: z.union([z.int().min(1), name]).optional(),
  input: value.optional(),
};
const forEachKeys = {
  forEach: z.strictObject({
    items: z.union([z.strictObject({ step: sid }), z.strictObject({ artifact: value }), list]),
    body: z.record(z.string(), z.unknown()),
    maxConcurrency: z.int().min(1).max(1000).optional(),
    tolerated: z
      .union([z.strictObject({ count: z.int().min(0) }), z.strictObject({ percent: z.number().min(0).max(100) })])
      .optional(),
    shard: z.int().min(1).max(1000).optional(),
    collect: z.enum(['all', 'failures', 'none']).optional(),
  }),
  governedBy: sid.optional(),
};
const waitEnd = { timeout: duration.optional(), onTimeout: z.enum(['fail', 'continue']).optional() };
const waitKeys = {
  wait: z.union([
    z.strictObject({
      signal: name,
      key: value.optional(),
      match: condition.optional(),
      schema: jsonSchema.optional(),
      ...waitEnd,
    }),
    z.strictObject({ for: duration, ...waitEnd }),
    z.strictObject({ until: value, ...waitEnd }),
    z.strictObject({ callback: z.literal(true), ...waitEnd }),
  ]),
};

function key64() {
  return z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a name of letters, digits and `_`');
}

export const fetchStep = z.strictObject({ ...common, ...fetchKeys });
export const lookupStep = z.strictObject({ ...common, ...lookupKeys });
export const pushStep = z.strictObject({ ...common, ...pushKeys });
export const executeStep = z.strictObject({ ...common, ...executeKeys });
export const transformStep = z.strictObject({ ...common, ...transformKeys });
export const governStep = z.strictObject({ ...common, ...governKeys });
export const gateStep = z.strictObject({ ...common, ...gateKeys });
export const workflowStep = z.strictObject({ ...common, ...workflowKeys });
export const forEachStep = z.strictObject({ ...common, ...forEachKeys });
export const waitStep = z.strictObject({ ...common, ...waitKeys });

export const VERB_SCHEMAS = {
  FETCH: fetchStep,
  LOOKUP: lookupStep,
  PUSH: pushStep,
  EXECUTE: executeStep,
  TRANSFORM: transformStep,
  GOVERN: governStep,
  LOGIC_GATE: gateStep,
} as const;
export const OTHER_SCHEMAS = { workflow: workflowStep, forEach: forEachStep, wait: waitStep } as const;

export const anyStep = z.union([...Object.values(VERB_SCHEMAS), ...Object.values(OTHER_SCHEMAS)]);
export type StepDocument = z.infer<typeof anyStep>;
export type RetryDocument = z.infer<typeof retry>;
