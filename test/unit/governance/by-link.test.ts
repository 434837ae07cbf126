/** The page behind a personal link: looking changes nothing, only its own form decides, and hostile content stays text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideByLink, openLink } from '../../../src/app/approval-page/by-link.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import { publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;

interface Asked {
  readonly world: World;
  readonly scope: RunScope;
  readonly tokens: Readonly<Record<string, string>>;
}

async function asked(prepare: (world: World) => void = () => undefined): Promise<Asked> {
  const world = makeWorld();
  publishSamples(world);
  prepare(world);
  const scope = await world.start('posting');
  await world.drive(scope);
  const notices = await world.notices();
  const tokens = Object.fromEntries(notices.map((notice) => [notice.to.id, notice.link?.split('/').at(-1) ?? '']));
  return { world, scope, tokens };
}

function form(page: string, more: Record<string, string>): URLSearchParams {
  const field = (name: string): string => new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(page)?.[1] ?? '';
  const hidden = { revision: field('revision'), digest: field('digest'), nonce: field('nonce') };
  return new URLSearchParams({ ...hidden, ...more });
}

const state = (world: World, scope: RunScope) => world.request(scope, GOVERN)?.state;

test('looking a hundred times decides nothing and commits nothing', async () => {
  const { world, scope, tokens } = await asked();
  const commits = world.runs.commits;
  for (let at = 0; at < 100; at++) assert.equal((await openLink(world.deps, tokens['approver']!)).status, 200);
  assert.equal(world.runs.commits, commits);
  assert.equal(state(world, scope), 'OPEN');
  assert.equal(world.tenantEntries.filter((entry) => entry.type === 'APPROVAL_VIEWED').length, 100);
});

test('the form of the page approves once; afterwards the link shows the receipt', async () => {
  const { world, scope, tokens } = await asked();
  const token = tokens['approver']!;
  const page = await openLink(world.deps, token);
  assert.match(page.html, /Postings are approved by finance\./);
  const posted = await decideByLink(world.deps, token, form(page.html, { decision: 'approve', comment: '' }));
  assert.equal(posted.status, 200);
  assert.match(posted.html, /Your decision is recorded/);
  const replay = await decideByLink(world.deps, token, form(page.html, { decision: 'approve' }));
  assert.equal(replay.status, 200);
  assert.equal(world.request(scope, GOVERN)?.decisions.length, 1);
  assert.equal(world.request(scope, GOVERN)?.decisions[0]?.assurance, 'link');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  const after = await openLink(world.deps, token);
  assert.match(after.html, /Approved/);
  assert.doesNotMatch(after.html, /<form/);
  const other = await openLink(world.deps, tokens['second']!);
  assert.match(other.html, /Person approver/);
});

test('a link cannot decide with the form of another link, without a nonce, or with a tampered one', async () => {
  const { world, scope, tokens } = await asked();
  const mine = await openLink(world.deps, tokens['approver']!);
  const theirs = await openLink(world.deps, tokens['second']!);
  const good = form(mine.html, { decision: 'approve' });
  const tampered: URLSearchParams[] = [
    form(theirs.html, { decision: 'approve' }),
    form(mine.html, { decision: 'approve', nonce: '' }),
    form(mine.html, { decision: 'approve', nonce: `9${good.get('nonce')}` }),
    form(mine.html, { decision: 'approve', digest: 'f'.repeat(64) }),
    form(mine.html, { decision: 'approve', revision: '2' }),
    form(mine.html, { decision: 'maybe' }),
    new URLSearchParams(),
  ];
  for (const body of tampered) {
    const answer = await decideByLink(world.deps, tokens['approver']!, body);
    assert.equal(answer.status, 400, String(body));
    assert.equal(state(world, scope), 'OPEN');
  }
});

test('a page older than 30 minutes has to be looked at again', async () => {
  const { world, scope, tokens } = await asked();
  const page = await openLink(world.deps, tokens['approver']!);
  world.clock.advance(30 * 60_000);
  const answer = await decideByLink(
    world.deps,
    tokens['approver']!,
    form(page.html, { decision: 'approve', comment: 'kept' }),
  );
  assert.equal(answer.status, 409);
  assert.match(answer.html, /kept/);
  assert.equal(state(world, scope), 'OPEN');
  const fresh = await decideByLink(world.deps, tokens['approver']!, form(answer.html, { decision: 'approve' }));
  assert.equal(fresh.status, 200);
});

test('unknown, malformed, revoked and expired links, and links of people who are gone, are answered alike', async () => {
  const { world, scope, tokens } = await asked();
  const bodies = new Set<string>();
  const look = async (token: string): Promise<void> => {
    const answer = await openLink(world.deps, token);
    assert.equal(answer.status, 404);
    bodies.add(answer.html);
  };
  await look('x');
  await look('A'.repeat(43));
  await look(`${tokens['approver']!.slice(0, -1)}-`);
  const request = world.request(scope, GOVERN)!;
  const revoked = request.links.map((link) => ({ ...link, revokedAt: world.clock.now() }));
  world.runs.replace(scope, { ...request, links: revoked });
  await look(tokens['approver']!);
  world.runs.replace(scope, request);
  const people = world.people.splice(0, world.people.length);
  await look(tokens['approver']!);
  world.people.push(...people);
  world.clock.advance(2 * 86_400_000);
  await look(tokens['approver']!);
  assert.equal(bodies.size, 1);
});

test('someone who left the group since may not decide', async () => {
  const { world, scope, tokens } = await asked();
  const page = await openLink(world.deps, tokens['approver']!);
  const at = world.people.findIndex((person) => person.id === 'approver');
  world.people[at] = { ...world.people[at]!, groups: [], roles: [] };
  assert.equal((await openLink(world.deps, tokens['approver']!)).status, 403);
  const answer = await decideByLink(world.deps, tokens['approver']!, form(page.html, { decision: 'approve' }));
  assert.equal(answer.status, 403);
  assert.equal(state(world, scope), 'OPEN');
});

test('rejecting without a comment explains what is missing and keeps the page', async () => {
  const { world, scope, tokens } = await asked();
  const page = await openLink(world.deps, tokens['approver']!);
  const answer = await decideByLink(world.deps, tokens['approver']!, form(page.html, { decision: 'reject' }));
  assert.equal(answer.status, 422);
  assert.match(answer.html, /aria-invalid/);
  const done = await decideByLink(
    world.deps,
    tokens['approver']!,
    form(answer.html, { decision: 'reject', comment: 'no' }),
  );
  assert.equal(done.status, 200);
  assert.equal(state(world, scope), 'REJECTED');
});

test('a second approver who comes too late reads who decided', async () => {
  const { world, tokens } = await asked();
  const mine = await openLink(world.deps, tokens['approver']!);
  const theirs = await openLink(world.deps, tokens['second']!);
  await decideByLink(world.deps, tokens['approver']!, form(mine.html, { decision: 'approve' }));
  const late = await decideByLink(
    world.deps,
    tokens['second']!,
    form(theirs.html, { decision: 'reject', comment: 'no' }),
  );
  assert.equal(late.status, 409);
  assert.match(late.html, /Your answer was not recorded/);
  assert.match(late.html, /Person approver/);
});

test('hostile content is text: markup, direction overrides and invisible characters show as what they are', async () => {
  const { world, tokens } = await asked((each) => {
    each.target.records = [
      {
        id: '<script>alert(1)</script>',
        cents: 1,
        'na\u202eme"><img src=x>': `\u202e${'x'.repeat(50)}\u200b`,
        a: '=cmd()',
      },
    ];
  });
  const { html } = await openLink(world.deps, tokens['approver']!);
  assert.doesNotMatch(html, /<script|<img/);
  assert(!/[\u202e\u200b]/.test(html));
  assert.match(html, /U\+202E/);
  assert.match(html, /U\+200B/);
});

test('all records can be seen page by page, with totals over all of them', async () => {
  const { world, tokens } = await asked((each) => {
    each.target.records = Array.from({ length: 120 }, (_, at) => ({ id: `row-${at}`, cents: 10 }));
  });
  const seen = new Set<string>();
  for (const page of [1, 2, 3]) {
    const { html } = await openLink(world.deps, tokens['approver']!, page);
    for (const [id] of html.matchAll(/row-\d+/g)) seen.add(id);
    assert.match(html, /1,?200/);
    assert.match(html, /Page \d of 3/);
  }
  assert.equal(seen.size, 120);
});

test('every answer forbids framing, scripts, caching, indexing and referrers', async () => {
  const { world, tokens } = await asked();
  for (const token of [tokens['approver']!, 'nonsense']) {
    const { headers, html } = await openLink(world.deps, token);
    assert.match(
      headers['content-security-policy'] ?? '',
      /default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
    );
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.doesNotMatch(html, /<script|https?:\/\//);
    assert.match(html, /<html lang="en">/);
  }
});

test('a pure check shows what is judged; a policy may keep fields from the reader', async () => {
  const { world, tokens } = await asked((each) => {
    each.publish('Policy', 'posting', {
      rules: [
        {
          id: 'ask',
          if: 'true',
          then: 'require-approval',
          approvers: { groups: ['finance'] },
          assurance: 'link',
          disclose: { approver: ['/records/cents', '/subject'] },
        },
      ],
    });
  });
  const narrow = await openLink(world.deps, tokens['approver']!);
  assert.match(narrow.html, /some of their fields only/);
  assert.doesNotMatch(narrow.html, /Ann/);
  world.publish('Workflow', 'check', {
    id: 'check',
    steps: [{ id: 'policy', verb: 'GOVERN', policies: ['posting'], subject: { vendor: 'Acme' } }],
  });
  const scope = await world.start('check');
  await world.drive(scope);
  const link = (await world.notices()).find((notice) => notice.run === scope.run && notice.to.id === 'approver')?.link;
  const page = await openLink(world.deps, link!.split('/').at(-1)!);
  assert.match(page.html, /What is to be checked/);
  assert.match(page.html, /Acme/);
  const done = await decideByLink(world.deps, link!.split('/').at(-1)!, form(page.html, { decision: 'approve' }));
  assert.equal(done.status, 200);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('content that is not what was asked cannot be decided', async () => {
  const { world, scope, tokens } = await asked();
  const page = await openLink(world.deps, tokens['approver']!);
  world.runs.replace(scope, { ...world.request(scope, GOVERN)!, policies: [], digest: 'e'.repeat(64) });
  assert.equal((await openLink(world.deps, tokens['approver']!)).status, 409);
  const answer = await decideByLink(world.deps, tokens['approver']!, form(page.html, { decision: 'approve' }));
  assert.equal(answer.status, 403);
  assert.equal(state(world, scope), 'OPEN');
});
