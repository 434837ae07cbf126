/** The shapes of Connector, Policy, BusinessObject and Directory documents (LANGUAGE §5). An adapter checks its own settings further. */
import { z } from 'zod';
import { CATEGORIES } from '../categories.ts';
import {
  apiVersion,
  condition,
  duration,
  id,
  jsonSchema,
  name,
  objectId,
  outsideValues,
  pointer,
  text120,
  text2000,
} from './words.ts';

const free = z.record(z.string(), z.unknown());
const policies = z.array(id).min(1).max(20).optional();
/** Keys that every adapter understands are typed; the rest belongs to the adapter, which refuses what it does not know. */
const resource = z.looseObject({
  access: z.enum(['read', 'write']),
  policies,
  modes: z
    .array(z.enum(['create', 'update', 'upsert', 'delete']))
    .min(1)
    .optional(),
  recordKey: z.enum(['required', 'optional']).optional(),
});
const command = z.looseObject({ policies });

export const connector = z.strictObject({
  apiVersion,
  kind: z.literal('Connector'),
  id,
  name: text120.optional(),
  description: text2000.optional(),
  category: z.enum(CATEGORIES),
  adapter: z
    .string()
    .regex(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/, 'must be `category/adapter`')
    .optional(),
  /** Without `adapter`: the exact type of the outside system, or what it can be inferred or reached by. */
  systemType: z.string().min(1).max(120).optional(),
  metadata: z.record(z.string().max(120), z.string().max(500)).optional(),
  connectionType: z.string().min(1).max(60).optional(),
  settings: free.optional(),
  resources: z.record(name, resource).optional(),
  commands: z.record(name, command).optional(),
});

const constant = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be a constant in capitals');
const rule = z.strictObject({
  id,
  if: condition,
  then: z.enum(['allow', 'deny', 'require-approval']),
  reason: constant.optional(),
  approvers: z
    .strictObject({
      roles: z.array(name).max(50).optional(),
      groups: z.array(name).max(50).optional(),
      users: z.array(z.string().min(1).max(200)).max(50).optional(),
    })
    .optional(),
  quorum: z.int().min(1).max(20).optional(),
  assurance: z.enum(['link', 'signed-in', 'signed-in+mfa']).optional(),
  validFor: duration.optional(),
  sla: z.strictObject({ due: duration, onDeadline: z.enum(['reject', 'escalate', 'fail']).optional() }).optional(),
  disclose: z.record(name, z.array(pointer).max(100)).optional(),
  values: z.enum(['approved', 'informational']).optional(),
});
export const policy = z.strictObject({
  apiVersion,
  kind: z.literal('Policy'),
  id,
  name: text120.optional(),
  description: text2000.optional(),
  facts: jsonSchema.optional(),
  rules: z.array(rule).min(1).max(100),
  texts: z.record(constant, text2000).optional(),
  tests: z
    .array(
      z.strictObject({
        facts: outsideValues.optional(),
        connector: free.optional(),
        resource: z.string().optional(),
        mode: z.string().optional(),
        workflow: free.optional(),
        principals: free.optional(),
        expect: z.enum(['allow', 'deny', 'require-approval']),
      }),
    )
    .max(200)
    .optional(),
});

export const businessObject = z.strictObject({
  apiVersion,
  kind: z.literal('BusinessObject'),
  id: objectId,
  name: text120.optional(),
  description: text2000.optional(),
  schema: jsonSchema,
  key: z.array(z.string().min(1).max(200)).min(1).max(20).optional(),
  sensitive: z.array(pointer).max(200).optional(),
});

export const directory = z.strictObject({
  apiVersion,
  kind: z.literal('Directory'),
  id,
  users: z
    .array(
      z.strictObject({
        id: name,
        name: text120.optional(),
        email: z.email().max(200).optional(),
        roles: z.array(name).max(20).optional(),
        groups: z.array(name).max(100).optional(),
        manager: name.optional(),
      }),
    )
    .max(2000),
  groups: z
    .array(z.strictObject({ id: name, name: text120.optional() }))
    .max(500)
    .optional(),
});

export type ConnectorDocument = z.infer<typeof connector>;
export type PolicyDocument = z.infer<typeof policy>;
export type PolicyRuleDocument = z.infer<typeof rule>;
export type BusinessObjectDocument = z.infer<typeof businessObject>;
export type DirectoryDocument = z.infer<typeof directory>;
