/**
 * Twenty questions to a deployed app, as data: a request and what the answer must be. They are asked in order; one may keep
 * something of its answer for the next. Pure: whoever asks brings `fetch`.
 */
export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly path: string;
  readonly credential: 'none' | 'good' | 'damaged' | 'unsigned';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly json: unknown;
}

export interface Memory {
  readonly key: string;
  run?: string;
}

export interface Question {
  readonly name: string;
  readonly ask: (memory: Memory) => Asked;
  /** Null when the answer is right, else what is wrong with it. */
  readonly judge: (answer: Answered, memory: Memory) => string | null;
  /** Asked again until it is right or this many seconds are over. */
  readonly within?: number;
}

export const workflow = `apiVersion: countersign/v1
kind: Workflow
id: verify-azure
name: Deployment check
input: { type: object, required: [n], properties: { n: { type: integer } } }
steps:
  - { id: double, verb: TRANSFORM, map: { n: "{{ input.n * 2 }}" } }
`;

function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path)
    found = typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[key] : undefined;
  return found;
}

const status =
  (...wanted: readonly number[]) =>
  (answer: Answered): string | null =>
    wanted.includes(answer.status) ? null : `status ${answer.status}, expected ${wanted.join(' or ')}`;
const problem =
  (wanted: number, code?: string) =>
  (answer: Answered): string | null => {
    if (answer.status !== wanted) return `status ${answer.status}, expected ${wanted}`;
    if (!answer.header('content-type')?.startsWith('application/problem+json')) return 'not a problem document';
    return code === undefined || at(answer.json, 'code') === code
      ? null
      : `code ${String(at(answer.json, 'code'))}, expected ${code}`;
  };
const get =
  (path: string, credential: Asked['credential'] = 'none') =>
  (): Asked => ({ method: 'GET', path, credential });
const start =
  (n: number) =>
  (memory: Memory): Asked => ({
    method: 'POST',
    path: '/api/v1/workflows/verify-azure/runs',
    credential: 'good',
    headers: { 'idempotency-key': memory.key },
    body: { input: { n } },
  });
const ofRun =
  (path: string) =>
  (memory: Memory): Asked => ({
    method: 'GET',
    path: `/api/v1/runs/${memory.run ?? 'none'}${path}`,
    credential: 'good',
  });

export const questions: readonly Question[] = [
  {
    name: 'the app is alive',
    ask: get('/api/health'),
    judge: (answer) => status(200)(answer) ?? (at(answer.json, 'status') === 'ok' ? null : 'not ok'),
    within: 120,
  },
  {
    name: 'every dependency is ready',
    ask: get('/api/ready'),
    judge: (answer) => (answer.status === 200 ? null : `not ready: ${JSON.stringify(at(answer.json, 'checks'))}`),
    within: 300,
  },
  {
    name: 'the API describes itself',
    ask: get('/api/openapi.json'),
    judge: (answer) =>
      status(200)(answer) ?? (String(at(answer.json, 'openapi')).startsWith('3.1') ? null : 'not OpenAPI 3.1'),
  },
  {
    name: 'the reference page forbids foreign scripts',
    ask: get('/api/docs'),
    judge: (answer) =>
      status(200)(answer) ??
      (answer.header('content-security-policy')?.includes("default-src 'none'") ? null : 'no content security policy'),
  },
  { name: 'nobody gets in without a token', ask: get('/api/v1/me'), judge: problem(401) },
  { name: 'a damaged token is refused', ask: get('/api/v1/me', 'damaged'), judge: problem(401) },
  { name: 'an unsigned token is refused', ask: get('/api/v1/me', 'unsigned'), judge: problem(401) },
  {
    name: 'a good token is known',
    ask: get('/api/v1/me', 'good'),
    judge: (answer) => status(200)(answer) ?? (typeof at(answer.json, 'tenant') === 'string' ? null : 'no tenant'),
  },
  {
    name: 'the webhooks of Durable need their key',
    ask: get('/runtime/webhooks/durabletask/instances'),
    judge: status(401, 403, 404),
  },
  { name: 'the host tells no stranger its keys', ask: get('/admin/host/systemkeys'), judge: status(401, 403, 404) },
  {
    name: 'an unknown run is not found',
    ask: get('/api/v1/runs/r-00000000000000000000000000', 'good'),
    judge: (answer) => (answer.status === 400 ? problem(400)(answer) : problem(404)(answer)),
  },
  {
    name: 'an unknown approval link says nothing',
    ask: get('/approve/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
    judge: (answer) =>
      status(404, 410)(answer) ??
      (answer.header('cache-control')?.includes('no-store') ? null : 'the page may be cached'),
  },
  {
    name: 'a link scanner changes nothing',
    ask: () => ({ method: 'HEAD', path: '/approve/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', credential: 'none' }),
    judge: status(404, 405, 410),
  },
  {
    name: 'a broken definition is refused with reasons',
    ask: () => ({
      method: 'POST',
      path: '/api/v1/definitions',
      credential: 'good',
      body: { texts: ['kind: Workflow\nid: verify-azure\nsteps: 7'] },
    }),
    judge: (answer) => status(400, 422)(answer),
  },
  {
    name: 'a definition is published',
    ask: () => ({ method: 'POST', path: '/api/v1/definitions', credential: 'good', body: { texts: [workflow] } }),
    judge: status(200),
  },
  {
    name: 'a run is accepted',
    ask: start(21),
    judge(answer, memory) {
      const id = at(answer.json, 'id');
      if (typeof id === 'string') memory.run = id;
      return (
        status(202)(answer) ??
        (typeof id === 'string' && answer.header('location') !== null ? null : 'no id or no Location')
      );
    },
  },
  {
    name: 'the same key starts no second run',
    ask: start(21),
    judge: (answer, memory) =>
      status(200, 202)(answer) ??
      (at(answer.json, 'id') === memory.run && answer.header('idempotent-replay') === 'true' ? null : 'another run'),
  },
  { name: 'the same key with other input is refused', ask: start(22), judge: problem(409, 'IDEMPOTENCY_MISMATCH') },
  {
    name: 'the run succeeds',
    ask: ofRun(''),
    judge: (answer) => (at(answer.json, 'state') === 'SUCCEEDED' ? null : `state ${String(at(answer.json, 'state'))}`),
    within: 120,
  },
  {
    name: 'its audit has no gap',
    ask: ofRun('/events'),
    judge(answer) {
      const items = at(answer.json, 'items');
      if (answer.status !== 200 || !Array.isArray(items) || items.length === 0) return 'no audit records';
      return items.every((item, index) => at(item, 'seq') === index + 1) ? null : 'the sequence has a gap';
    },
  },
];

/** A token whose signature is damaged, and one that says it has none; neither may ever be accepted. */
export function spoiled(token: string): { damaged: string; unsigned: string } {
  const [, claims = 'e30', signature = 'AAAA'] = token.split('.');
  const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return { damaged: [...token.split('.').slice(0, 2), flipped].join('.'), unsigned: `${header}.${claims}.` };
}
