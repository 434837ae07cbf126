/** What a workflow names outside itself, how its writes are governed, what this release refuses. */
import { ask, steps, value } from './ask.ts';

const govern = '{ id: g, verb: GOVERN, policies: [reorder-limits] }';
const push = (more: string): string =>
  `{ id: p, verb: PUSH, connector: erp, resource: purchase-orders, records: ${more} }`;
const fetch = '{ id: f, verb: FETCH, connector: warehouse, resource: levels }';

ask([
  [
    'an unknown connector',
    steps('{ id: a, verb: FETCH, connector: warehose, resource: levels }'),
    ['UNKNOWN_CONNECTOR /steps/0/connector'],
  ],
  [
    'an unknown resource',
    steps('{ id: a, verb: FETCH, connector: warehouse, resource: level }'),
    ['UNKNOWN_RESOURCE /steps/0/resource'],
  ],
  [
    'an unknown command',
    steps('{ id: a, verb: EXECUTE, connector: notifications, command: shout }'),
    ['UNKNOWN_RESOURCE /steps/0/command'],
  ],
  [
    'a read of a write resource',
    steps('{ id: a, verb: FETCH, connector: erp, resource: notes }'),
    ['READ_WRITE_MISMATCH /steps/0/resource'],
  ],
  [
    'a write to a read resource',
    steps('{ id: a, verb: PUSH, connector: erp, resource: projects, records: [] }'),
    ['READ_WRITE_MISMATCH /steps/0/resource'],
  ],
  [
    'a mode that is not declared',
    steps(
      '{ id: g, verb: GOVERN, policies: [reorder-limits] }',
      '{ id: a, verb: PUSH, connector: erp, resource: notes, records: [], mode: delete, governedBy: g }',
    ),
    ['READ_WRITE_MISMATCH /steps/1/mode'],
  ],
  [
    'a record key that the connector demands',
    steps(
      '{ id: g, verb: GOVERN, policies: [labour-posting-limits] }',
      '{ id: a, verb: PUSH, connector: erp, resource: ledger-entries, records: [], governedBy: g }',
    ),
    ['MISSING_KEY /steps/1/recordKey'],
  ],
  ['an unknown object', steps(value('a', '1', ', to: LaborRecord')), ['UNKNOWN_OBJECT /steps/0/to']],
  ['an unknown object in returns', steps(value('a', '1', ', returns: "Nope[]"')), ['UNKNOWN_OBJECT /steps/0/returns']],
  [
    'a schema out of the subset',
    steps(value('a', '1', ', returns: { $ref: "https://e.example/x" }')),
    ['INVALID_VALUE /steps/0/returns/$ref'],
  ],
  [
    'an unknown policy',
    steps('{ id: g, verb: GOVERN, policies: [nope], subject: 1 }'),
    ['UNKNOWN_POLICY /steps/0/policies/0'],
  ],
  [
    'facts under the names that are always given',
    steps('{ id: g, verb: GOVERN, policies: [reorder-limits], subject: 1, facts: { totals: { cents: 1 }, count: 0 } }'),
    ['NAME_CLASH /steps/0/facts/count', 'NAME_CLASH /steps/0/facts/totals'],
  ],
  ['a GOVERN that nothing names', steps(govern), ['MISSING_KEY /steps/0/subject']],
  [
    'a GOVERN to be continued past',
    steps('{ id: g, verb: GOVERN, policies: [reorder-limits], subject: 1, onError: continue }'),
    ['INVALID_VALUE /steps/0/onError'],
  ],
  ['a write that may need approval, without GOVERN', steps(push('[]')), ['UNGOVERNED_WRITE /steps/0']],
  [
    'a write without declared policies, without GOVERN',
    steps('{ id: a, verb: PUSH, connector: erp, resource: notes, records: [] }'),
    ['UNGOVERNED_WRITE /steps/0'],
  ],
  [
    'a write whose policies only allow needs none',
    steps('{ id: a, verb: EXECUTE, connector: notifications, command: notify }'),
    [],
  ],
  [
    'governed by a step that is no GOVERN',
    steps(fetch, push('[], governedBy: f')),
    ['UNGOVERNED_WRITE /steps/1/governedBy'],
  ],
  ['governed by a later step', steps(push('[], governedBy: g'), govern), ['NOT_UPSTREAM /steps/0/governedBy']],
  ['governed by nobody', steps(push('[], governedBy: nope')), ['UNKNOWN_STEP /steps/0/governedBy']],
  [
    'governed in the other branch',
    steps('{ id: s, verb: LOGIC_GATE, if: "true", then: [g], else: [p] }', govern, push('[], governedBy: g')),
    ['NOT_UPSTREAM /steps/2/governedBy'],
  ],
  [
    'content that comes after the decision',
    steps(govern, fetch, push('"{{ steps.f.output }}", governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/2/records'],
  ],
  [
    'content that comes with the decision',
    steps(govern, push('"{{ [steps.g.output.values] }}", governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/1/records'],
  ],
  ['content with the time of the decision', steps(govern, push('[ { at: "{{ run.now }}" } ], governedBy: g')), []],
  [
    'late content through with',
    steps(govern, fetch, push('"{{ with.r }}", with: { r: "{{ steps.f.output }}" }, governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/2/with'],
  ],
  [
    'a token in a text',
    steps(value('a', '"Bearer abcdefghijklmnopqrstuvwxyz012345"')),
    ['SECRET_IN_TEXT /steps/0/map'],
  ],
  [
    'a workflow that calls itself',
    steps('{ id: a, workflow: x }'),
    ['SELF_WORKFLOW /steps/0/workflow', 'NOT_YET /steps/0/workflow'],
  ],
  [
    'handlers of handlers',
    steps(
      value('a', '1', `, onError: { steps: [ ${value('b', '1', `, onError: { steps: [ ${value('c', '1')} ] }`)} ] }`),
    ),
    ['DEPTH /steps/0/onError/steps/0/onError'],
  ],
  [
    'too many tags',
    `${steps(value('a', '1'))}tags: [${Array.from({ length: 21 }, (_, i) => `a:b${i}`).join(', ')}]\n`,
    ['TOO_LARGE /tags'],
  ],
  ['code', steps('{ id: a, verb: TRANSFORM, code: { language: javascript, source: "1" } }'), ['NOT_YET /steps/0/code']],
  ['compensate', steps(value('a', '1', ', compensate: { verb: FETCH }')), ['NOT_YET /steps/0/compensate']],
  ['hooks', `${steps(value('a', '1'))}hooks: { onFail: [ { notify: ops } ] }\n`, ['NOT_YET /hooks']],
  ['retry of the whole workflow', `${steps(value('a', '1'))}retry: { scope: workflow }\n`, ['NOT_YET /retry/scope']],
  [
    'another rule at the limit',
    `${steps(value('a', '1'))}concurrency: { limit: 1, onLimit: reject }\n`,
    ['NOT_YET /concurrency/onLimit'],
  ],
]);
