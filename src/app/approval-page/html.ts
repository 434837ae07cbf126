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

/** Controls, direction and joining marks, separators of lines, halves of surrogate pairs, private and unknown ones. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Letters and marks that show nothing: joiner, fillers, inherent vowels, variation selectors. */
const BLANKS: readonly (readonly [number, number])[] = [
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xffa0, 0xffa0],
  [0xe0100, 0xe01ef],
];

function isHidden(character: string): boolean {
  if (character === '\n' || character === '\t') return false;
  const code = character.codePointAt(0) ?? 0;
  return UNSEEN.test(character) || BLANKS.some(([from, to]) => code >= from && code <= to);
}

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Text from outside: what cannot be seen is named where it stands; line ends stay line ends. */
export function shown(text: string): Html {
  const parts: Part[] = [];
  let plain = '';
  for (const character of text) {
    if (!isHidden(character)) {
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
  Array.from(text, (character) => (isHidden(character) ? `[${codeOf(character)}]` : character)).join('');

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
