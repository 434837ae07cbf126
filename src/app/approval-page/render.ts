/**
 * The page behind a personal link, as HTML: no script, nothing loaded, readable on a phone and by a screen reader. Pure:
 * what it shows was chosen before.
 */
import type { Instant } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import { html, marked, shown, textOf, type Html, type Part } from './html.ts';
import type { ApprovalPage, AskPage, DecidedPage, MessagePage, PageReceipt, PageSubject, PageValue } from './model.ts';
import { decisionForm, problemHtml, valuesHtml } from './render-form.ts';
import { STYLE } from './style.ts';
import { figures, pairs, recordsHtml, valueHtml } from './values.ts';

export function renderApprovalPage(page: ApprovalPage): string {
  switch (page.kind) {
    case 'ask':
      return layout(`Decide: ${marked(page.subject.workflow)}`, page.subject, askBody(page));
    case 'decided':
      return layout(`${stateWords(page).title}: ${marked(page.subject.workflow)}`, page.subject, decidedBody(page));
    case 'message':
      return layout(page.title, null, messageBody(page));
  }
}

function layout(title: string, subject: PageSubject | null, body: Part): string {
  const whole = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title} · Countersign</title><style>`;
  const rest = html`</style></head><body><a class="skip" href="#main">Skip to content</a>
<header><strong>Countersign</strong>${subject === null ? null : html`<span>For ${shown(subject.reader)}. This link is yours alone: do not pass it on.</span>`}</header>
<main id="main">${body}</main>
<footer>${subject === null ? null : html`Run <code>${subject.run}</code>, step <code>${subject.step}</code>, definition version ${subject.version}. `}Opening this page decides nothing.</footer></body></html>
`;
  return textOf(whole) + STYLE + textOf(rest);
}

function askBody(page: AskPage): Html {
  const { subject, paging } = page;
  const count = paging.total;
  return html`<h1>${shown(subject.workflow)}</h1>
    <p class="lead">
      ${page.startedBy === '' ? 'This workflow' : shown(page.startedBy)} asks you to
      decide${
        page.requests.length === 0 ? null : count === 1 ? ' on one record' : ` on ${count.toLocaleString('en')} records`
      }.
      ${page.quorum > 1 ? `${page.quorum} people have to approve.` : null}
    </p>
    ${problemHtml(page)}
    <dl>
      <dt>Answer by</dt>
      <dd>${deadline(page)}</dd>
      <dt>Asked</dt>
      <dd>${when(page.openedAt)}</dd>
      <dt>If you approve</dt>
      <dd>
        exactly what stands below may be written, for ${span(page.validForMs)} from your decision. Anything else is
        asked for again.
      </dd>
    </dl>
    <p><a href="#decide">Go to your decision</a></p>
    <section aria-labelledby="why">
      <h2 id="why">Why you are asked</h2>
      <ul class="reasons">
        ${page.reasons.map((reason) => html`<li>${reason.text === null ? null : html`${shown(reason.text)} `}<code>${reason.code}</code></li>`)}
      </ul>
    </section>
    <section aria-labelledby="what">
      <h2 id="what">${page.requests.length === 0 ? 'What is to be checked' : 'What will be written'}</h2>
      ${page.requests.length === 0 ? null : totalsHtml(page, count)}
      ${page.requests.map(
        (request) =>
          html`<h3>${shown(request.target)}</h3>
            <p class="soft small">
              ${request.action}, ${request.count.toLocaleString('en')} ${request.count === 1 ? 'record' : 'records'}, by
              step <code>${request.step}</code> through connector version ${request.connectorVersion}
            </p>
            ${recordsHtml(request)}`,
      )}
      ${page.checked === null ? null : html`<p>${valueHtml(page.checked)}</p>`} ${pager(page)}${factsHtml(page)}
    </section>
    ${
      page.values === null
        ? null
        : html`<section aria-labelledby="said">
            <h2 id="said">What has been filled in</h2>
            ${saidHtml(page.values, page.informational)}
          </section>`
    }
    <section aria-labelledby="decide">
      <h2 id="decide">Your decision</h2>
      ${decisionForm(page)}
    </section>`;
}

function saidHtml(values: readonly PageValue[], informational: boolean): Html {
  const words = informational
    ? 'Whoever approved last filled this in, for information. It is no part of what you decide, and you may fill in something else.'
    : 'Whoever approved first filled this in. It is part of what you decide.';
  return html`<p>${words}</p>
    ${values.length === 0 ? html`<p class="soft">Nothing was filled in.</p>` : valuesHtml(values)}`;
}

function totalsHtml(page: AskPage, count: number): Html {
  return html`${figures({ records: count, ...(isJsonObject(page.totals) ? page.totals : {}) })}
    <p class="soft small">
      Totals are over
      ${count === 1 ? 'the one record' : `all ${count.toLocaleString('en')} records`}${page.complete ? null : '. The policy shows you some of their fields only'}.
    </p>`;
}

function factsHtml(page: AskPage): Part {
  if (!isJsonObject(page.facts)) return null;
  const own = Object.fromEntries(Object.entries(page.facts).filter(([name]) => name !== 'count' && name !== 'totals'));
  return Object.keys(own).length === 0
    ? null
    : html`<details>
        <summary>Facts that the policy judged</summary>
        ${pairs(own)}
      </details>`;
}

function pager({ paging }: AskPage): Part {
  const { page, pages } = paging;
  if (pages <= 1) return null;
  const near = [...new Set([1, page - 1, page, page + 1, pages])].filter((each) => each >= 1 && each <= pages);
  const link = (to: number, text: string): Html =>
    to === page
      ? html`<li><span aria-current="page">${text}</span></li>`
      : html`<li><a href="?page=${to}">${text}</a></li>`;
  return html`<nav aria-label="Pages of records">
      <ul>
        ${page > 1 ? link(page - 1, 'Previous') : null}${near.map((each) => link(each, each.toLocaleString('en')))}${page < pages ? link(page + 1, 'Next') : null}
      </ul>
    </nav>
    <p class="soft small">
      Page ${page.toLocaleString('en')} of ${pages.toLocaleString('en')}. The decision is about all records, on all
      pages.
    </p>`;
}

const OUTCOMES: Readonly<Record<DecidedPage['state'], { title: string; sign: string; text: string }>> = {
  APPROVED: { title: 'Approved', sign: '✓', text: 'Exactly this content may be written.' },
  REJECTED: { title: 'Rejected', sign: '✕', text: 'Nothing of it will be written.' },
  EXPIRED: {
    title: 'Not answered in time',
    sign: '–',
    text: 'The deadline has passed. Nothing of it will be written.',
  },
  VOID: {
    title: 'No longer asked',
    sign: '–',
    text: 'The run was stopped, its content has changed, or an approval was taken back. If it is asked again, you get a new link.',
  },
  OPEN: { title: 'Your vote is recorded', sign: '…', text: 'More people have to decide.' },
};
const stateWords = (page: DecidedPage) => OUTCOMES[page.state];

function decidedBody(page: DecidedPage): Html {
  const { title, sign, text } = stateWords(page);
  return html`<div class="outcome ${page.state}">
      <span class="stamp" aria-hidden="true">${sign}</span>
      <h1>${title}</h1>
    </div>
    <p class="lead">${shown(page.subject.workflow)}. ${text}</p>
    ${
      page.tooLate
        ? html`<div class="note" role="alert">
            <p><strong>Your answer was not recorded.</strong> This had been decided before.</p>
          </div>`
        : null
    }
    ${page.justNow ? html`<p role="status">Your decision is recorded. You can close this page, or keep it as your receipt.</p>` : null}
    ${page.receipts.map(receiptHtml)}
    ${
      page.values === null || page.values.length === 0
        ? null
        : html`<section aria-labelledby="said">
            <h2 id="said">What was filled in</h2>
            ${valuesHtml(page.values)}
          </section>`
    }`;
}

function receiptHtml(receipt: PageReceipt): Html {
  return html`<section class="receipt" aria-label="Receipt">
    <dl>
      <dt>Decision</dt>
      <dd>${receipt.decision === 'approve' ? 'Approved' : 'Rejected'}</dd>
      <dt>By</dt>
      <dd>${shown(receipt.by)}</dd>
      <dt>At</dt>
      <dd>${when(receipt.at)}</dd>
      <dt>Known by</dt>
      <dd>${receipt.assurance === 'link' ? 'personal link' : receipt.assurance}</dd>
      <dt>Approval</dt>
      <dd><code>${receipt.approval}</code>, revision ${receipt.revision}</dd>
      <dt>Fingerprint</dt>
      <dd><code>${receipt.digest}</code></dd>
    </dl>
  </section>`;
}

function messageBody(page: MessagePage): Html {
  return html`<h1>${page.title}</h1>
    <p class="lead">${page.text}</p>`;
}

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

const when = (at: Instant): Html => html`<time datetime="${at}">${FORMAT.format(new Date(at))} UTC</time>`;

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

/** In a unit of which there are at least two, rounded down: a deadline is never shown later than it is. */
function span(ms: number): string {
  const [size, name] = UNITS.find(([unit]) => ms >= 2 * unit) ?? [60_000, 'minute'];
  const amount = Math.max(1, Math.floor(ms / size));
  return `${amount} ${name}${amount === 1 ? '' : 's'}`;
}

function deadline(page: AskPage): Part {
  if (page.dueAt === null) return 'no deadline';
  const left = Date.parse(page.dueAt) - Date.parse(page.now);
  const words: Readonly<Record<string, string>> = {
    reject: 'without an answer it counts as rejected',
    fail: 'without an answer the run fails',
    escalate: 'after that, managers are told',
  };
  const after = page.onDeadline === null ? null : `; ${words[page.onDeadline] ?? page.onDeadline}`;
  return [when(page.dueAt), left > 0 ? `, in ${span(left)}` : ', now over', after];
}
