/** Routes of approvals: what waits for a person, and the decision. */
import { z } from 'zod';
import { route } from '../route.ts';
import { JsonObjectShape, PageQuery, pageOf, ReasonShape } from '../shapes.ts';

const ApprovalParams = z.object({
  approval: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{3,79}~\d{1,3}$/, 'is no id of an approval: `countersign approvals` lists them'),
});
const ValuesShape = z
  .enum(['none', 'asked', 'given', 'noted'])
  .describe(
    'Form values: `asked`, the first approval has to bring them; `given`, they are part of the content and of its digest; `noted`, they are informational, recorded beside it, and every approval may bring others',
  );
export const ApprovalShape = z
  .object({
    id: z.string().describe('`<run>~<step ordinal>`'),
    run: z.string(),
    workflow: z.string(),
    version: z.number().int(),
    step: z.string(),
    state: z.enum(['OPEN', 'APPROVED', 'REJECTED', 'EXPIRED', 'VOID']),
    revision: z.number().int(),
    digest: z.string().describe('Salted SHA-256 over the exact content'),
    reasons: z.array(z.string()),
    quorum: z.number().int(),
    assurance: z.string(),
    openedAt: z.string(),
    dueAt: z.string().nullable(),
    validUntil: z.string().nullable(),
    values: ValuesShape,
    decisions: z.array(
      z.object({
        by: z.string(),
        decision: z.enum(['approve', 'reject']),
        at: z.string(),
        assurance: z.string(),
        withdrawnAt: z.string().nullable().describe('Taken back: it counts for nothing since'),
      }),
    ),
    mayDecide: z.boolean().describe('Whether the caller may decide now'),
    form: JsonObjectShape.nullable().optional().describe('JSON Schema of what is asked; null when nothing is'),
    content: z
      .unknown()
      .optional()
      .describe(
        'What the policy discloses to the caller: requests, records, totals; the form values that were given, and whether they are informational',
      ),
  })
  .meta({ id: 'Approval' });
export const ReceiptShape = z
  .object({
    approval: z.string(),
    decision: z.enum(['approve', 'reject']),
    by: z.string(),
    at: z.string(),
    digest: z.string(),
    revision: z.number().int(),
    assurance: z.string(),
    state: z.string(),
    values: ValuesShape,
    replayed: z.boolean(),
  })
  .meta({ id: 'Receipt' });
export const WithdrawalShape = z
  .object({
    approval: z.string(),
    revision: z.number().int(),
    state: z.string().describe('`VOID`: the question is asked again; `OPEN`: it still waits for the others'),
    by: z.string(),
    at: z.string(),
    replayed: z.boolean(),
  })
  .meta({ id: 'Withdrawal' });

export const listApprovals = route({
  id: 'listApprovals',
  method: 'GET',
  path: 'api/v1/approvals',
  tag: 'approvals',
  permission: 'approvals.read',
  summary: 'Open approvals, the earliest deadline first',
  query: z.object({
    ...PageQuery,
    mine: z.enum(['true', 'false']).optional().describe('Only those that the caller may decide'),
  }),
  answers: { 200: { description: 'A page', schema: pageOf(ApprovalShape, 'ApprovalPage') } },
});
export const getApproval = route({
  id: 'getApproval',
  method: 'GET',
  path: 'api/v1/approvals/{approval}',
  tag: 'approvals',
  permission: 'approvals.read',
  summary: 'One approval, with what may be shown to the caller',
  etag: true,
  params: ApprovalParams,
  query: z.object({
    offset: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answers: { 200: { description: 'The approval', schema: ApprovalShape } },
  problems: ['NOT_FOUND', 'GONE'],
});
export const decideApproval = route({
  id: 'decideApproval',
  method: 'POST',
  path: 'api/v1/approvals/{approval}/decision',
  tag: 'approvals',
  permission: 'approvals.decide',
  summary: 'Approve or reject exactly the content with this digest',
  params: ApprovalParams,
  body: z.strictObject({
    decision: z.enum(['approve', 'reject']),
    revision: z.number().int().positive(),
    digest: z.string().regex(/^[0-9a-f]{64}$/, 'is no digest: 64 hexadecimal digits'),
    comment: z.string().max(2000).optional().describe('Demanded on reject'),
    values: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What the form asks, with the first approval: it gives the question a new revision and digest'),
  }),
  answers: {
    200: { description: 'The receipt; the same decision again gives the same receipt', schema: ReceiptShape },
  },
  problems: [
    'NOT_FOUND',
    'NOT_ELIGIBLE',
    'ALREADY_DECIDED',
    'CONTENT_CHANGED',
    'INVALID_REQUEST',
    'INVALID_VALUES',
    'GONE',
  ],
});
export const revokeApproval = route({
  id: 'revokeApproval',
  method: 'POST',
  path: 'api/v1/approvals/{approval}/revoke',
  tag: 'approvals',
  permission: 'approvals.decide',
  summary: 'Withdraw your own approval, until the write has begun',
  params: ApprovalParams,
  body: z.strictObject({ reason: ReasonShape }),
  answers: { 200: { description: 'What was withdrawn; again gives the same', schema: WithdrawalShape } },
  problems: ['NOT_FOUND', 'CONFLICT', 'GONE'],
});
export const voidApproval = route({
  id: 'voidApproval',
  method: 'POST',
  path: 'api/v1/approvals/{approval}/void',
  tag: 'approvals',
  permission: 'approvals.void',
  summary: 'Void all approvals of a request, until the write has begun; who does so may not decide it afterwards',
  params: ApprovalParams,
  body: z.strictObject({ reason: ReasonShape }),
  answers: { 200: { description: 'What was voided; again gives the same', schema: WithdrawalShape } },
  problems: ['NOT_FOUND', 'CONFLICT', 'GONE'],
});
export const getReceipt = route({
  id: 'getReceipt',
  method: 'GET',
  path: 'api/v1/receipts/{approval}',
  tag: 'approvals',
  permission: 'approvals.read',
  summary: 'Receipt of the standing decision',
  params: ApprovalParams,
  answers: { 200: { description: 'The receipt', schema: ReceiptShape } },
  problems: ['NOT_FOUND'],
});
