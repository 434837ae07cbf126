/** Requests that a service must refuse, and the right ones from which they are made. */

/** Values that fit every path parameter, of things that do not exist. */
export const GOOD_PATH: Record<string, string> = {
  workflow: 'nowhere',
  run: 'run-that-is-not',
  step: 'nothing',
  id: 'nothing',
  version: '1',
  approval: 'run-that-is-not~1',
  artifact: 'run-that-is-not~abcdefgh1234',
  effect: 'effect~1~0~0',
  asset: 'start.js',
  token: 'x'.repeat(43),
};

export const STANDING = `id: standing
input: { type: object, required: [word], additionalProperties: false, properties: { word: { type: string } } }
steps: [{ id: say, verb: TRANSFORM, map: '{{ input.word }}' }]
`;
/** A body that each route would take. */
export const GOOD_BODY: Record<string, Record<string, unknown>> = {
  putWorkflow: { id: 'nothing', steps: [{ id: 'say', verb: 'TRANSFORM', map: 1 }] },
  putConnector: { kind: 'Connector', id: 'nothing', category: 'comms', adapter: 'comms/echo' },
  putPolicy: { kind: 'Policy', id: 'nothing', rules: [{ id: 'all', if: 'true', then: 'allow', reason: 'ALL' }] },
  putBusinessObject: { kind: 'BusinessObject', id: 'nothing', schema: { type: 'object' }, key: ['a'] },
  applyDefinitions: { texts: [STANDING.replace('standing', 'other')] },
  validateDefinitions: { texts: [STANDING] },
  testConnector: {},
  startRun: { input: { word: 'b' }, trigger: 'api' },
  searchRuns: { businessKey: 'x', limit: 5 },
  ...Object.fromEntries(
    [
      'cancelRun',
      'terminateRun',
      'pauseRun',
      'resumeRun',
      'retryRun',
      'retryStep',
      'revokeApproval',
      'voidApproval',
    ].map((id) => [id, { reason: 'because of this' }]),
  ),
  resolveEffect: { resolution: 'happened', reason: 'because of this' },
  decideApproval: { decision: 'approve', revision: 1, digest: 'a'.repeat(64) },
};
/** Without these the request is still a right one. */
export const OPTIONAL = new Set(['startRun trigger', 'putBusinessObject key']);
/** Take free texts, and write nothing whatever they are. */
export const READING = new Set(['validateDefinitions', 'searchRuns']);
export const WRONG_VALUES: readonly unknown[] = [null, [], {}, 0, -1, 1.5, true, '', 'x'.repeat(5000), [[]], { a: 1 }];
export const WRONG_HEADERS: readonly (readonly [string, string])[] = [
  ['idempotency-key', ''],
  ['idempotency-key', 'x'.repeat(201)],
  ['idempotency-key', 'k\u00e9y'],
  ['if-match', '*'],
  ['if-match', 'x'.repeat(8000)],
  ['if-match', '"", W/"a", not a tag'],
  ['content-length', '-1'],
  ['content-length', '99999999999999999999'],
];
export const WRONG_QUERIES: readonly Record<string, string>[] = [
  { cursor: 'x' },
  { cursor: 'x'.repeat(2001) },
  { cursor: Buffer.from('{"t":"t2"}').toString('base64url') },
  { limit: '0' },
  { limit: '-1' },
  { limit: '1e3' },
  { limit: '201' },
  { limit: 'NaN' },
  { limit: '' },
  { wait: '-1' },
  { wait: '1e9' },
  { version: '0' },
  { version: '99999999999999999999' },
  { state: 'done' },
  { createdFrom: 'yesterday' },
  { reveal: 'all' },
  { from: '-5' },
  { page: '0' },
  { __proto__x: '1' },
  { 'limit[]': '1' },
];

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
export const CHOSEN: readonly [string, string | Uint8Array][] = [
  ['empty', ''],
  ['not JSON', '{'],
  ['two documents', '{}{}'],
  ['a comment', '{/*x*/}'],
  ['single quotes', "{'a':1}"],
  ['a trailing comma', '{"a":1,}'],
  ['NaN', '{"input":NaN}'],
  ['a byte order mark', '\ufeff{}'],
  ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['overlong UTF-8', new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['an unknown field', '{"unknownField":1}'],
  ['__proto__', '{"__proto__":{"input":{}}}'],
  ['constructor', '{"constructor":{"prototype":{}}}'],
  ['a duplicate key', '{"input":{},"input":{}}'],
  ['a lone surrogate', '{"input":{"a":"\\udc00"}}'],
  ['an unsafe integer', '{"input":{"a":12345678901234567890}}'],
  ['an infinite number', '{"input":{"a":1e999}}'],
  ['33 levels', nested(33)],
  ['100,000 levels', nested(100_000)],
  ['more than a megabyte', `{"input":{"a":"${'x'.repeat(1_000_001)}"}}`],
  ['a wrong type inside', '{"input":"text","texts":{},"reason":1,"decision":"maybe","resolution":0}'],
];
