/**
 * The story of the planted values: they come in by every door, pass through every verb, fail in every way, are decided
 * over and commented on. After each chapter the caller looks at everything that was written.
 */
import assert from 'node:assert/strict';
import { documents } from './documents.ts';
import type { LeakySystem } from './leaky-system.ts';
import type { Place, Plants } from './plants.ts';
import type { Reply, Site } from './site.ts';

export type Chapter = 'running' | 'suspended' | 'ended';

const ok = (reply: Reply, ...statuses: number[]): Reply => {
  assert.ok(statuses.includes(reply.status), `${reply.status} ${JSON.stringify(reply.body)?.slice(0, 600)}`);
  return reply;
};

export async function tellStory(
  site: Site,
  plants: Plants,
  outside: LeakySystem,
  look: (chapter: Chapter) => void,
): Promise<void> {
  await site.setSecret('leaky-token', plants.fields('secret').mark ?? '');
  ok(await site.call('owner', 'POST', '/api/v1/definitions', { texts: [documents(outside.url)] }), 200);

  const [firstKey = '', ...keys] = plants.headerParts('idempotency-key', 200);
  const main = await start(
    site,
    'canary',
    {
      input: {
        fields: plants.fields('input'),
        text: plants.text('input'),
        fact: plants.text('fact'),
        businessKey: plants.text('business-key'),
      },
    },
    {
      'idempotency-key': firstKey,
      traceparent: plants.fields('trace-header').mark ?? '',
      tracestate: plants.headerParts('trace-header').join(','),
      baggage: plants
        .headerParts('trace-header')
        .map((value, at) => `k${at}=${value}`)
        .join(','),
    },
  );
  await outside.reached;
  look('running');
  outside.release();
  await until(site, main, 'SUSPENDED');

  const asked = await start(site, 'canary-asking', {
    input: { fields: plants.fields('input'), text: plants.text('fact') },
  });
  const failing = await start(site, 'canary-failing', { input: { text: plants.text('input') } });
  await until(site, failing, 'FAILED');
  await until(site, asked, 'SUSPENDED');
  for (const part of plants.parts('artifact-name', 120)) {
    const key = keys.shift();
    const headers = { 'content-type': 'text/plain', ...(key === undefined ? {} : { 'idempotency-key': key }) };
    const address = `/api/v1/runs/${main}/artifacts?name=${encodeURIComponent(part)}`;
    ok(await site.call('starter', 'POST', address, plants.text('artifact'), headers), 201);
  }
  assert.deepEqual(keys, [], 'every key was used');
  await badRequests(site, plants, main);
  for (const part of plants.parts('reason-pause', 480)) {
    await control(site, asked, 'pause', part);
    await control(site, asked, 'resume', plants.parts('reason-resume', 480)[0] ?? '');
  }
  const saying = await start(site, 'canary-saying', { input: {} });
  await until(site, saying, 'SUSPENDED');
  await refusedValues(site, plants, saying);
  look('suspended');

  const comment = plants.parts('comment-api', 1900)[0] ?? '';
  await approve(site, main, 16, { comment, values: { said: plants.text('values-api') } });
  const cut = await until(site, main, 'SUSPENDED', (run) => run.waitingFor[0]?.step === 'cut');
  assert.equal(cut.waitingFor[0].reason, 'EFFECT', JSON.stringify(cut.waitingFor));
  const { items } = ok(await site.call('operator', 'GET', `/api/v1/runs/${main}/effects`), 200).body;
  const open = items.find((effect: any) => effect.state === 'unknown');
  ok(
    await site.call('operator', 'POST', `/api/v1/runs/${main}/effects/${open.id}/resolution`, {
      resolution: 'happened',
      reason: plants.parts('reason-effect', 480)[0],
    }),
    200,
  );
  await rejectByLink(site, asked, plants);
  await sayByLink(site, saying, plants);
  for (const part of plants.parts('reason-retry-step', 480)) {
    ok(await site.call('operator', 'POST', `/api/v1/runs/${failing}/steps/cast/retry`, { reason: part }), 200);
    await until(site, failing, 'FAILED');
  }
  await control(site, failing, 'retry', plants.parts('reason-retry', 480)[0] ?? '');
  await until(site, failing, 'FAILED');
  for (const [kind, place] of [
    ['cancel', 'reason-cancel'],
    ['terminate', 'reason-terminate'],
  ] as const) {
    const run = await start(site, 'canary-asking', { input: { fields: {}, text: '' } });
    await until(site, run, 'SUSPENDED');
    await control(site, run, kind, plants.parts(place, 480)[0] ?? '');
    await until(site, run, 'CANCELLED');
  }
  const done = await until(site, main, 'SUCCEEDED');
  const failed = done.steps
    .filter((step: any) => step.state === 'FAILED')
    .map((step: any) => `${step.id} ${step.error.code}`);
  assert.equal(failed.length, 10, failed.join(', '));
  for (const part of plants.parts('reveal-reason', 480)) {
    const shown = ok(
      await site.call('starter', 'GET', `/api/v1/runs/${main}/output?reveal=&reason=${encodeURIComponent(part)}`),
      200,
    );
    assert.ok(shown.text.includes(plants.fields('input').mark ?? '?'), 'the value itself can be revealed');
  }
  const [artifact] = ok(await site.call('starter', 'GET', `/api/v1/runs/${main}/artifacts`), 200).body.items;
  for (const part of plants.parts('read-reason', 480)) {
    const read = `/api/v1/artifacts/${artifact.id}?reason=${encodeURIComponent(part)}`;
    ok(await site.call('starter', 'GET', read), 200);
  }
  look('ended');
}

async function start(
  site: Site,
  workflow: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  return ok(await site.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, body, headers), 202).body.id;
}

async function until(site: Site, run: string, state: string, more: (run: any) => boolean = () => true): Promise<any> {
  for (let tries = 0; ; tries++) {
    const { body } = ok(await site.call('starter', 'GET', `/api/v1/runs/${run}?wait=5`), 200);
    if (body.state === state && more(body)) return body;
    assert.ok(tries < 400, `${run} is ${body.state}, not ${state}: ${JSON.stringify(body).slice(0, 3000)}`);
    await new Promise((resume) => setTimeout(resume, 25));
  }
}

async function control(site: Site, run: string, kind: string, reason: string): Promise<void> {
  ok(await site.call('operator', 'POST', `/api/v1/runs/${run}/${kind}`, { reason }), 200);
}

async function approve(site: Site, run: string, step: number, more: object, status = 200): Promise<void> {
  const { body } = ok(await site.call('approver', 'GET', `/api/v1/approvals/${run}~${step}`), 200);
  const { revision, digest } = body;
  ok(
    await site.call('approver', 'POST', `/api/v1/approvals/${run}~${step}/decision`, {
      decision: 'approve',
      revision,
      digest,
      ...more,
    }),
    status,
  );
}

export function formOf(page: string): URLSearchParams {
  return new URLSearchParams(
    [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]): [string, string] => [
      /name="([^"]*)"/.exec(tag)?.[1] ?? '',
      /value="([^"]*)"/.exec(tag)?.[1] ?? '',
    ]),
  );
}

const POSTED = { 'content-type': 'application/x-www-form-urlencoded' };

async function rejectByLink(site: Site, run: string, plants: Plants): Promise<void> {
  const link = await site.link(run);
  const form = formOf(ok(await site.call('approver', 'GET', link), 200).text);
  const bad = new URLSearchParams({
    decision: plants.text('form'),
    nonce: plants.text('form'),
    digest: plants.text('form'),
  });
  ok(await site.call('approver', 'POST', link, bad.toString(), POSTED), 400);
  form.set('decision', 'reject');
  form.set('comment', plants.parts('comment-link', 1900)[0] ?? '');
  ok(await site.call('approver', 'POST', link, form.toString(), POSTED), 200);
  await until(site, run, 'FAILED');
}

/** Form values that do not fit: in fields of other types and lengths, under other names, by both doors. */
async function refusedValues(site: Site, plants: Plants, run: string): Promise<void> {
  const text = plants.text('values-refused');
  const wrong = [{ said: [text] }, { said: text.repeat(9) }, { said: text.repeat(90) }, { said: 'a', [text]: text }];
  for (const values of wrong) await approve(site, run, 1, { values }, 422);
  const link = await site.link(run);
  const form = formOf(ok(await site.call('approver', 'GET', link), 200).text);
  form.set('decision', 'approve');
  form.set('value.said', 'a');
  form.set(`value.${text}`, text);
  ok(await site.call('approver', 'POST', link, form.toString(), POSTED), 422);
}

async function sayByLink(site: Site, run: string, plants: Plants): Promise<void> {
  const link = await site.link(run);
  const form = formOf(ok(await site.call('approver', 'GET', link), 200).text);
  form.set('decision', 'approve');
  form.set('value.said', plants.text('values-link'));
  ok(await site.call('approver', 'POST', link, form.toString(), POSTED), 200);
  await until(site, run, 'SUCCEEDED');
}

/** Requests that are refused, each with planted values where a careless program would repeat or log them. */
async function badRequests(site: Site, plants: Plants, run: string): Promise<void> {
  const refused = async (
    place: Place,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => {
    const { status } = await site.call('starter', method, path, body, headers);
    assert.ok(status >= 400 && status < 500, `${place}: ${status}`);
  };
  const whole = (place: Place): string => encodeURIComponent(plants.text(place));
  const json = { 'content-type': 'application/json' };
  await refused('query', 'GET', `/api/v1/runs?businessKey=${whole('query')}`);
  await refused('query', 'GET', `/api/v1/runs?cursor=${whole('query')}`);
  await refused('path', 'GET', `/api/v1/runs/${whole('path')}`);
  await refused('path', 'GET', `/api/v1/nothing/${whole('path')}`);
  await refused('path', 'GET', `/approve/${whole('path')}`);
  await refused(
    'bad-body',
    'POST',
    '/api/v1/workflows/canary/runs',
    `{"input": "${plants.fields('bad-body').mark}`,
    json,
  );
  await refused('bad-body', 'POST', '/api/v1/workflows/canary/runs', { input: {}, text: plants.text('bad-body') });
  await refused('bad-key', 'POST', '/api/v1/workflows/canary/runs', { [plants.text('bad-key')]: 1 });
  await refused('bad-body', 'POST', '/api/v1/definitions/validate', { texts: plants.text('bad-body') });
  for (const value of plants.headerParts('bearer'))
    await refused('bearer', 'GET', '/api/v1/runs', undefined, { authorization: `Bearer ${value}` });
  for (const value of plants.headerParts('request-header')) {
    const headers = { 'x-canary': value, 'user-agent': value, referer: value, cookie: value, 'if-match': value };
    await refused('request-header', 'GET', `/api/v1/runs/${run}x`, undefined, headers);
  }
  const { body } = await site.call('starter', 'POST', '/api/v1/runs/search', {
    businessKey: plants.parts('business-key', 500)[0],
  });
  assert.deepEqual(body.items, []);
}
