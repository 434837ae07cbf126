/** The workflow that carries the planted values through every verb, and the ways in which a step can fail on them. */
const FORM = '{ type: object, required: [said], properties: { said: { type: string, maxLength: 9000 } } }';

export const documents = (outside: string): string => `apiVersion: countersign/v1
kind: Connector
id: leaky
category: erp
adapter: erp/http-json
settings:
  baseUrl: ${outside}
  allowedHosts: [127.0.0.1]
  auth: { kind: bearer, secret: leaky-token }
  timeout: PT5S
resources:
  rows: { access: read, path: /rows, items: /value, paging: { kind: cursor, param: after, next: /next }, lookup: { path: '/one?key={key}' } }
  held: { access: read, path: /held, items: /value }
  refused: { access: read, path: /refused, items: /value }
  busy: { access: read, path: /busy, items: /value }
  garbage: { access: read, path: /garbage, items: /value }
  moved: { access: read, path: /moved, items: /value }
  entries:
    access: write
    path: /entries
    key: /entryId
    batch: { max: 100, body: /entries }
    results: /value
    idempotency: { header: Idempotency-Key }
    policies: [leaky-approval]
commands:
  tell: { path: /tell, key: /id, idempotency: { header: Idempotency-Key }, policies: [leaky-allowed] }
  cut: { path: /cut, idempotency: { kind: none }, policies: [leaky-allowed] }
---
apiVersion: countersign/v1
kind: Policy
id: leaky-allowed
rules: [{ id: all, if: 'true', then: allow, reason: ALLOWED }]
---
apiVersion: countersign/v1
kind: Policy
id: leaky-approval
rules:
  - id: finance
    if: 'true'
    then: require-approval
    reason: FINANCE
    approvers: { groups: [finance] }
    assurance: link
    disclose: { approver: [/records, /totals, /facts] }
---
apiVersion: countersign/v1
kind: BusinessObject
id: Small
schema: { type: object, required: [n], additionalProperties: false, properties: { n: { type: integer } } }
key: [n]
---
apiVersion: countersign/v1
id: canary
input: { type: object }
vars: { copy: '{{ input.text }}' }
businessKey: '{{ input.businessKey }}'
timeout: PT10M
steps:
  - { id: carry, verb: TRANSFORM, map: { fields: '{{ input.fields }}', copy: '{{ vars.copy }}', again: 'it says {{ input.text }}' } }
  - { id: rows, verb: FETCH, connector: leaky, resource: rows, query: { q: '{{ input.text }}' } }
  - { id: one, verb: LOOKUP, connector: leaky, resource: rows, key: '{{ input.fields.iban }}' }
  - { id: cast, verb: TRANSFORM, map: { n: '{{ $number(input.text) }}' }, onError: continue }
  - { id: types, verb: TRANSFORM, map: { n: '{{ input.text - 1 }}' }, onError: continue }
  - { id: condition, verb: TRANSFORM, when: 'duration(input.text) > duration("1s")', map: 1, onError: continue }
  - { id: member, verb: TRANSFORM, when: 'input.fields[input.text] == 1', map: 1, onError: continue }
  - { id: returned, verb: TRANSFORM, map: '{{ input.fields }}', returns: Small, onError: continue }
  - { id: shaped, verb: TRANSFORM, from: '{{ [input.fields] }}', map: '{{ item }}', to: Small, onError: continue }
  - { id: refused, verb: FETCH, connector: leaky, resource: refused, onError: continue }
  - { id: busy, verb: FETCH, connector: leaky, resource: busy, retry: { maxAttempts: 2, initial: 100, jitter: false }, onError: continue }
  - { id: garbage, verb: FETCH, connector: leaky, resource: garbage, retry: { maxAttempts: 1 }, onError: continue }
  - { id: moved, verb: FETCH, connector: leaky, resource: moved, retry: { maxAttempts: 1 }, onError: continue }
  - { id: tell, verb: EXECUTE, connector: leaky, command: tell, arguments: { said: '{{ steps.rows.output[0] }}' } }
  - { id: held, verb: FETCH, connector: leaky, resource: held, timeout: PT2M }
  - { id: policy, verb: GOVERN, policies: [leaky-approval], facts: { why: '{{ input.fact }}' }, form: ${FORM} }
  - { id: post, verb: PUSH, connector: leaky, resource: entries, records: '{{ [steps.carry.output, steps.one.output] }}', governedBy: policy }
  - { id: said, verb: TRANSFORM, map: 'they say {{ steps.policy.output.values.said }}' }
  - { id: cut, verb: EXECUTE, connector: leaky, command: cut, arguments: { said: '{{ input.text }}' }, retry: { maxAttempts: 1 }, onError: continue }
output: { all: '{{ steps.carry.output }}', rows: '{{ steps.rows.output }}' }
---
apiVersion: countersign/v1
id: canary-failing
input: { type: object }
steps:
  - { id: cast, verb: TRANSFORM, map: { n: '{{ $number(input.text) }}' } }
---
apiVersion: countersign/v1
id: canary-saying
input: { type: object }
steps:
  - { id: policy, verb: GOVERN, policies: [leaky-approval], subject: 1, form: ${FORM} }
  - { id: said, verb: TRANSFORM, map: '{{ steps.policy.output.values }}', to: Small, onError: continue }
---
apiVersion: countersign/v1
id: canary-asking
input: { type: object }
steps:
  - { id: policy, verb: GOVERN, policies: [leaky-approval], facts: { why: '{{ input.text }}' } }
  - { id: post, verb: PUSH, connector: leaky, resource: entries, records: '{{ [input.fields] }}', governedBy: policy }
`;
