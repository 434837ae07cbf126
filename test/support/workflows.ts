/** Small workflows that tests and benchmarks share: ten trivial steps, a posting that a policy allows, one that a person approves. */

export const STEPS_10 = `apiVersion: countersign/v1
id: steps-10
steps:
${Array.from({ length: 10 }, (_, i) => `  - { id: s${i}, verb: TRANSFORM, map: { step: ${i} } }`).join('\n')}
`;

/** A connector over the demo's ERP whose writes a policy allows, and one whose writes finance approves. */
export const BOOKS = (erpUrl: string) => `${connector('books', erpUrl, 'small-postings')}---
${connector('guarded-books', erpUrl, 'labour-posting-limits')}---
apiVersion: countersign/v1
kind: Policy
id: small-postings
rules:
  - { id: small, if: 'true', then: allow, reason: SMALL }
---
apiVersion: countersign/v1
id: allowed-posting
steps:
  - { id: shape, verb: TRANSFORM, map: [{ project: P-1, cents: '{{ input.amount }}' }] }
  - { id: post, verb: PUSH, connector: books, resource: ledger-entries, records: '{{ steps.shape.output }}', recordKey: '{{ run.id }}' }
`;

const connector = (id: string, erpUrl: string, policy: string) => `apiVersion: countersign/v1
kind: Connector
id: ${id}
category: erp
adapter: erp/http-json
settings:
  baseUrl: ${erpUrl}
  allowedHosts: [127.0.0.1]
  auth: { kind: bearer, secret: erp-token }
  timeout: PT10S
resources:
  ledger-entries:
    access: write
    path: /ledger-entries
    key: /entryId
    recordKey: required
    recordKeyMember: externalId
    batch: { max: 100, body: /entries }
    results: /value
    refused: /refused
    idempotency: { header: Idempotency-Key }
    lookup: { path: '/ledger-entries?idempotencyKey={key}', found: /value/0, settle: PT1S }
    policies: [${policy}]
`;

export const GOVERNED = `apiVersion: countersign/v1
id: governed-posting
steps:
  - { id: shape, verb: TRANSFORM, map: [{ project: P-1, cents: '{{ input.amount }}' }] }
  - { id: policy, verb: GOVERN, policies: [labour-posting-limits], totals: { cents: /cents } }
  - { id: post, verb: PUSH, connector: guarded-books, resource: ledger-entries, records: '{{ steps.shape.output }}', recordKey: '{{ run.id }}', governedBy: policy }
`;
