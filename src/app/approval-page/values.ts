/** Values of the content as the page shows them: exact, complete, and always as text. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { html, marked, shown, shownCut, type Html, type Part } from './html.ts';
import type { PageRequest } from './model.ts';

/** Most columns of a table; records with more fields are shown one below the other. */
const MOST_COLUMNS = 8;

export function valueHtml(value: Json): Html {
  if (value === null) return html`<span class="soft">none</span>`;
  if (typeof value === 'string') return value === '' ? html`<span class="soft">empty text</span>` : shownCut(value);
  if (typeof value === 'number' || typeof value === 'boolean') return html`${String(value)}`;
  return html`<span class="code">${shownCut(JSON.stringify(value, null, 1))}</span>`;
}

/** Groups of three digits, for totals only: the text of a number in a record is never changed. */
export function grouped(value: Json): Json {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{4,}(\.\d+)?$/.test(text)) return value;
  const [whole = '', fraction] = text.split('.');
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** Name and value pairs as large figures; null when there are none. */
export function figures(values: Json): Html | null {
  if (!isJsonObject(values) || Object.keys(values).length === 0) return null;
  return html`<dl class="figures">
    ${Object.entries(values).map(
      ([name, value]) =>
        html`<div>
          <dt>${shown(name)}</dt>
          <dd>${valueHtml(grouped(value))}</dd>
        </div>`,
    )}
  </dl>`;
}

export function pairs(values: JsonObject): Html {
  return html`<dl>
    ${Object.entries(values).map(
      ([name, value]) =>
        html`<dt>${shown(name)}</dt>
          <dd>${valueHtml(value)}</dd>`,
    )}
  </dl>`;
}

/** The records of this page: a table where they are alike and narrow, else one list each. */
export function recordsHtml({ records, count }: PageRequest): Part {
  if (records.length === 0)
    return html`<p class="soft">
      ${count === 0 ? 'Nothing will be written.' : 'The records of this step are on another page.'}
    </p>`;
  if (records.every(({ record }) => record === null))
    return html`<p class="soft">The policy does not show you the records.</p>`;
  const objects = records.flatMap(({ record }) => (isJsonObject(record) ? [record] : []));
  const columns = [...new Set(objects.flatMap((record) => Object.keys(record)))];
  if (objects.length < records.length || columns.length === 0 || columns.length > MOST_COLUMNS)
    return records.map(({ ordinal, record }) => single(ordinal, record));
  const first = (records[0]?.ordinal ?? 0) + 1;
  const last = (records.at(-1)?.ordinal ?? 0) + 1;
  const numeric = new Set(columns.filter((column) => objects.every((record) => typeof record[column] === 'number')));
  const short = new Set(columns.filter((column) => objects.every((record) => isShort(record[column]))));
  const cell = (column: string, record: JsonObject): Html => {
    const value = record[column];
    const content = value === undefined ? html`<span class="soft">absent</span>` : valueHtml(value);
    return html`<td
      data-label="${marked(column)}"
      class="${numeric.has(column) ? 'num' : short.has(column) ? 'short' : 'text'}"
    >
      ${content}
    </td>`;
  };
  return html`<div class="scroll" role="region" aria-label="Records ${first} to ${last}" tabindex="0">
    <table class="cards">
      <caption>
        Records ${first.toLocaleString('en')} to ${last.toLocaleString('en')} of ${count.toLocaleString('en')}
      </caption>
      <thead>
        <tr>
          <th scope="col">No.</th>
          ${columns.map((column) => html`<th scope="col" ${numeric.has(column) ? html` class="num"` : null}>${shown(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${records.map(
          ({ ordinal, record }) =>
            html`<tr>
              <th scope="row" data-label="No.">${(ordinal + 1).toLocaleString('en')}</th>
              ${columns.map((column) => cell(column, record as JsonObject))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Codes, dates and names stay on one line. */
const isShort = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value.length <= 24 && !value.includes('\n'));

function single(ordinal: number, record: Json): Html {
  const title = html`<h3>Record ${(ordinal + 1).toLocaleString('en')}</h3>`;
  return isJsonObject(record)
    ? html`${title}${pairs(record)}`
    : html`${title}
        <p>${valueHtml(record)}</p>`;
}
