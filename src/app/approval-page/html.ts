/**
 * HTML that cannot be injected into: everything put into a template is text unless it was itself made by a template.
 * Text of outside origin is made visible: characters that steer, hide or reverse text appear as marks.
 */
const made: unique symbol = Symbol('html');
export interface Html {
  readonly [made]: string;
}
export type Part = Html | string | number | null | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] as string);

function write(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part));
  return Array.isArray(part) ? part.map(write).join('') : (part as Html)[made];
}

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { [made]: strings.map((text, at) => text + (at < parts.length ? write(parts[at] as Part) : '')).join('') };
}

export const textOf = (page: Html): string => page[made];

/** Controls, direction and joining marks, invisible and tag characters, separators, halves of surrogate pairs. */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/u;

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Text from outside: what cannot be seen is named where it stands; line ends stay line ends. */
export function shown(text: string): Html {
  const parts: Part[] = [];
  let plain = '';
  for (const character of text) {
    if (!HIDDEN.test(character)) {
      plain += character;
      continue;
    }
    parts.push(plain, html`<span class="mark">${codeOf(character)}</span>`);
    plain = '';
  }
  // `bdi` keeps right-to-left text from reordering what stands around it.
  return html`<bdi>${[...parts, plain]}</bdi>`;
}

/** The same for places that hold no markup: titles and attributes. */
export const marked = (text: string): string =>
  Array.from(text, (character) => (HIDDEN.test(character) ? `[${codeOf(character)}]` : character)).join('');

const CUT_AT = 240;
/** Text that is longer is shown at once only in its beginning; the rest unfolds. */
export function shownCut(text: string): Html {
  if (text.length <= CUT_AT) return shown(text);
  const rest = `${text.length.toLocaleString('en')} characters, show all`;
  return html`<details>
    <summary>${shown(Array.from(text).slice(0, 80).join(''))}… <span class="more">${rest}</span></summary>
    ${shown(text)}
  </details>`;
}
