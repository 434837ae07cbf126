/** The documents that tests of verbs publish: a connector, policies, and workflows that write through them. */
import type { JsonObject } from '../../../src/domain/json.ts';
import type { World } from './world.ts';

export const ASK: JsonObject = {
  rules: [
    { id: 'too-much', if: 'facts.totals.cents > 100000', then: 'deny', reason: 'LIMIT_EXCEEDED' },
    {
      id: 'finance',
      if: 'true',
      then: 'require-approval',
      reason: 'POSTING_NEEDS_FINANCE',
      approvers: { groups: ['finance'] },
      assurance: 'link',
      validFor: 'P1D',
      sla: { due: 'P2D', onDeadline: 'reject' },
      disclose: { approver: ['/records', '/totals'] },
    },
  ],
  texts: { POSTING_NEEDS_FINANCE: 'Postings are approved by finance.' },
};
export const ALLOW: JsonObject = { rules: [{ id: 'all', if: 'true', then: 'allow', reason: 'ALLOWED' }] };
export const DENY: JsonObject = { rules: [{ id: 'none', if: 'true', then: 'deny', reason: 'FORBIDDEN' }] };

export function publishSamples(world: World, policy: JsonObject = ASK): void {
  world.publish('Policy', 'posting', policy);
  world.publish('Policy', 'free', ALLOW);
  world.publish('Connector', 'erp', {
    resources: {
      rows: { access: 'read' },
      entries: { access: 'write', policies: ['posting'] },
      bare: { access: 'write' },
      free: { access: 'write', policies: ['free'] },
    },
    commands: { notify: { access: 'write', policies: ['free'] } },
  });
  world.publish('Workflow', 'posting', {
    id: 'posting',
    steps: [
      { id: 'rows', verb: 'FETCH', connector: 'erp', resource: 'rows' },
      { id: 'policy', verb: 'GOVERN', policies: ['posting'], totals: { cents: '/cents' } },
      {
        id: 'post',
        verb: 'PUSH',
        connector: 'erp',
        resource: 'entries',
        records: '{{ steps.rows.output }}',
        recordKey: '{{ item.id }}',
        governedBy: 'policy',
      },
    ],
  });
  world.publish('Workflow', 'free', {
    id: 'free',
    steps: [
      { id: 'rows', verb: 'FETCH', connector: 'erp', resource: 'rows' },
      { id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records: '{{ steps.rows.output }}' },
    ],
  });
  world.target.records = [
    { id: 'a', cents: 100, name: 'Ann' },
    { id: 'b', cents: 250, name: 'Bob' },
  ];
}

/** Workflow `write`: one PUSH, of the records in the input, that no policy keeps back; `more` are keys of its step. */
export function publishWrite(world: World, more: JsonObject = {}): void {
  const records = '{{ input.records }}';
  const post = { id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records, ...more };
  world.publish('Workflow', 'write', { id: 'write', steps: [post] });
}
