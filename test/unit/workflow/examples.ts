/** The documents that the tests of the language share: LANGUAGE's examples as this release executes them, and what they name. */
import type { JsonObject } from '../../../src/domain/json.ts';
import { catalogueOf } from '../../../src/domain/workflow/catalogue.ts';
import type { Catalogue } from '../../../src/domain/workflow/catalogue.ts';
import { parseText } from '../../../src/domain/workflow/parse.ts';

export const LABOUR = String.raw`
apiVersion: countersign/v1
id: labour-cost-posting
name: Post labour costs to the project ledger
input:
  type: object
  required: [week]
  properties: { week: { type: string, pattern: "^\\d{4}-W\\d{2}$" } }
timeout: PT30M
retry: { maxAttempts: 3, initial: PT2S, backoff: 2, maxInterval: PT1M }
concurrency: { limit: 1, key: "{{ input.week }}", onLimit: queue }
steps:
  - { id: timesheets, verb: FETCH, connector: field-ops, resource: timesheets, query: { week: "{{ input.week }}" } }
  - id: labour
    verb: TRANSFORM
    from: "{{ steps.timesheets.output }}"
    map: { project: "{{ item.projectCode }}", cents: "{{ $round(item.hours * item.rateCents) }}", week: "{{ input.week }}" }
    to: LabourRecord
  - { id: any-cost, verb: LOGIC_GATE, if: "size(steps.labour.output) > 0", then: [policy, post], else: [tell-nobody-worked] }
  - { id: policy, verb: GOVERN, policies: [labour-posting-limits], totals: { cents: /cents } }
  - id: post
    verb: PUSH
    connector: erp
    resource: ledger-entries
    records: "{{ steps.labour.output }}"
    recordKey: "{{ item.project & ':' & item.week }}"
    governedBy: policy
  - { id: tell-nobody-worked, verb: EXECUTE, connector: notifications, command: notify, arguments: { template: nobody-worked } }
`;

/** The second example as written: parts of it this release refuses with NOT_YET, and nothing else. */
export const REORDER = `
apiVersion: countersign/v1
id: inventory-reorder
input: { type: object }
steps:
  - { id: stock, verb: FETCH, connector: warehouse, resource: levels }
  - { id: suppliers, verb: FETCH, connector: warehouse, resource: suppliers }
  - id: low-stock
    dependsOn: [stock]
    verb: TRANSFORM
    code:
      language: python
      inputs: { levels: "{{ steps.stock.output }}" }
      source: |
        def main(ctx, levels):
            return [l for l in levels if l["onHand"] < l["minimum"]]
  - id: policy
    dependsOn: [low-stock, suppliers]
    when: "size(steps.low_stock.output) > 0"
    verb: GOVERN
    policies: [reorder-limits]
  - id: orders
    dependsOn: [policy]
    governedBy: policy
    forEach:
      items: "{{ steps.low_stock.output }}"
      maxConcurrency: 8
      tolerated: { percent: 2 }
      body: { verb: PUSH, connector: erp, resource: purchase-orders, records: "{{ [item] }}" }
    onError: continue
  - id: confirmed
    dependsOn: [orders]
    wait: { signal: supplier-confirmed, key: "{{ run.id }}", timeout: P7D, onTimeout: continue }
  - id: book
    dependsOn: [confirmed]
    workflow: book-receipts
    input: { orders: "{{ steps.orders.output }}" }
finally:
  - { id: note, verb: EXECUTE, connector: notifications, command: notify, arguments: { template: reorder-done, state: "{{ run.outcome }}" } }
`;

export const SURROUNDINGS = `
kind: Connector
id: field-ops
category: operational
adapter: datasource/http-json
settings: { baseUrl: https://field.example/api, allowedHosts: [field.example] }
resources: { timesheets: { access: read, path: /timesheets } }
---
kind: Connector
id: warehouse
category: operational
adapter: datasource/http-json
resources: { levels: { access: read }, suppliers: { access: read } }
---
kind: Connector
id: erp
category: erp
adapter: erp/http-json
settings: { baseUrl: https://erp.example/api, allowedHosts: [erp.example], auth: { kind: bearer, secret: erp-token } }
resources:
  projects: { access: read, path: /projects }
  ledger-entries: { access: write, path: /ledger-entries, recordKey: required, policies: [labour-posting-limits] }
  purchase-orders: { access: write, path: /orders, policies: [reorder-limits] }
  notes: { access: write, path: /notes, modes: [create, update] }
---
kind: Connector
id: notifications
category: comms
adapter: comms/echo
commands: { notify: { policies: [notify-allowed] } }
---
kind: Policy
id: labour-posting-limits
facts: { type: object, properties: { totals: { type: object } } }
rules:
  - { id: too-much, if: "facts.totals.cents > 100000000", then: deny, reason: LIMIT_EXCEEDED }
  - { id: finance-approves, if: "true", then: require-approval, reason: POSTING_NEEDS_FINANCE, approvers: { groups: [finance] }, assurance: link }
tests:
  - { facts: { totals: { cents: 1 } }, expect: require-approval }
  - { facts: { totals: { cents: 100000001 } }, expect: deny }
---
kind: Policy
id: reorder-limits
rules: [ { id: always, if: "true", then: require-approval, reason: NEEDS_BUYER, approvers: { roles: [approver] } } ]
---
kind: Policy
id: notify-allowed
rules: [ { id: always, if: "true", then: allow, reason: NOTICE } ]
---
kind: BusinessObject
id: LabourRecord
schema: { type: object, required: [project, cents, week], additionalProperties: false, properties: { project: { type: string }, cents: { type: integer }, week: { type: string } } }
key: [project, week]
---
kind: Workflow
id: book-receipts
steps: [ { id: a, verb: FETCH, connector: warehouse, resource: levels } ]
`;

export function documentOf(text: string): JsonObject {
  const { documents, problems } = parseText(text);
  if (problems.length > 0 || documents[0] === undefined) throw new Error(JSON.stringify(problems));
  return documents[0].document;
}

export function surroundings(): Catalogue {
  const { documents, problems } = parseText(SURROUNDINGS);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return catalogueOf(
    documents.map(({ document }) => ({ kind: String(document['kind']), id: String(document['id']), document })),
  );
}
