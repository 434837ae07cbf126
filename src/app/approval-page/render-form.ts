/** The form in which a person decides: what is asked, the comment, the two buttons; and what was wrong with the last answer. */
import { html, marked, shown, type Html, type Part } from './html.ts';
import type { AskPage, PageField, PageValue } from './model.ts';
import { valueHtml } from './values.ts';

const idOf = (field: PageField): string => `field-${field.name}`;

/** Every problem once, with a link to where it is cured. */
export function problemHtml({ problem, form }: AskPage): Part {
  if (problem === null) return null;
  const wrong = form?.fields.filter(({ error }) => error !== null) ?? [];
  return html`<div class="note" role="alert" id="problem">
    <p><strong>Not decided yet.</strong> ${problem.text}</p>
    ${form?.error == null ? null : html`<p>${form.error}</p>`}
    ${
      wrong.length === 0
        ? null
        : html`<ul>
            ${wrong.map((field) => html`<li><a href="#${idOf(field)}">${shown(field.label)}</a>: ${shown(field.error ?? '')}</li>`)}
          </ul>`
    }
  </div>`;
}

export function decisionForm(page: AskPage): Html {
  const invalid = page.problem?.field === 'comment';
  const described = invalid ? 'comment-hint problem' : 'comment-hint';
  return html`<form method="post" autocomplete="off" novalidate>
      <input type="hidden" name="revision" value="${page.revision}" /><input
        type="hidden"
        name="digest"
        value="${page.digest}"
      /><input type="hidden" name="nonce" value="${page.nonce}" />${fieldsHtml(page)}
      <label for="comment">Comment</label
      ><span class="soft small" id="comment-hint"
        >Needed to reject. It is kept with your decision, up to 2,000 characters.</span
      >
      <textarea
        id="comment"
        name="comment"
        maxlength="2000"
        aria-describedby="${described}"
        ${invalid ? html` aria-invalid="true"` : null}
      >
${page.comment}</textarea>
      <div class="buttons">
        <button class="yes" name="decision" value="approve">Approve</button
        ><button class="no" name="decision" value="reject">Reject</button>
      </div>
    </form>
    <p class="soft small">Fingerprint of the content <code>${page.digest}</code>, revision ${page.revision}.</p>`;
}

function fieldsHtml({ form, informational }: AskPage): Part {
  if (form === null) return null;
  const { title, description, fields } = form;
  return html`<fieldset aria-describedby="form-hint">
    <legend>${shown(title ?? 'To approve, say')}</legend>
    <p class="soft small" id="form-hint">
      ${description === null ? null : html`${shown(description)} `}Needed to approve only.
      ${informational ? 'What you write is recorded with your approval; it is no part of what is approved.' : 'What you write becomes part of what is approved.'}
    </p>
    ${fields.map(fieldHtml)}
  </fieldset>`;
}

function fieldHtml(field: PageField): Html {
  const id = idOf(field);
  const { hint, expected, error } = field;
  const parts = [
    hint === null ? null : `${id}-hint`,
    expected === null ? null : `${id}-expected`,
    error === null ? null : `${id}-error`,
  ].filter((part) => part !== null);
  const described = parts.length === 0 ? null : html` aria-describedby="${parts.join(' ')}"`;
  return html`<div class="field">
    <label for="${id}"
      >${shown(field.label)} <span class="soft small">(${field.required ? 'required' : 'optional'})</span></label
    >
    ${hint === null ? null : html`<span class="soft small" id="${id}-hint">${shown(hint)}</span>`}
    ${expected === null ? null : html`<span class="soft small" id="${id}-expected">${expected}</span>`}
    ${error === null ? null : html`<span class="error" id="${id}-error"><span class="hidden">Error: </span>${shown(error)}</span>`}
    ${controlHtml(field, id, [
      described,
      field.required ? html` required` : null,
      error === null ? null : html` aria-invalid="true"`,
    ])}
  </div>`;
}

function controlHtml(field: PageField, id: string, state: Part): Html {
  const { control, value, input, maxLength } = field;
  const most = maxLength === null ? null : html` maxlength="${maxLength}"`;
  if (control === 'select') {
    return html`<select id="${id}" name="${input}" ${state}>
      <option value="">${field.required ? 'Choose' : 'No answer'}</option>
      ${field.options.map((option) => html`<option value="${option.value}" ${option.value === value ? html`selected` : null}>${marked(option.label)}</option>`)}
    </select>`;
  }
  // A browser drops the first line end, so that one of its own stands there.
  if (control === 'lines') return html`<textarea id="${id}" name="${input}" ${most}${state}>${'\n'}${value}</textarea>`;
  const numeric = control === 'numeric' || control === 'decimal';
  const kind = numeric ? html` type="text" inputmode="${control}"` : html` type="${control}"`;
  return html`<input id="${id}" name="${input}" ${kind}${most} value="${value}" ${state} />`;
}

/** What somebody said, under the names of the form. */
export function valuesHtml(values: readonly PageValue[]): Html {
  return html`<dl>
    ${values.map(
      ({ label, value }) =>
        html`<dt>${shown(label)}</dt>
          <dd>${valueHtml(value)}</dd>`,
    )}
  </dl>`;
}
