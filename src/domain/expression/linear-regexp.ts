/** The part of `RegExp` that JSONata uses (`new`, `lastIndex`, `exec`), matched in linear time by RE2. */
import { RE2JS } from 're2js';
import { linearPattern } from './linear-pattern.ts';

export class LinearRegExp {
  lastIndex = 0;
  readonly #pattern: RE2JS;

  constructor(source: RegExp | string) {
    const text = typeof source === 'string' ? source : source.source;
    const flags = typeof source === 'string' ? '' : source.flags;
    let mode = 0;
    if (flags.includes('i')) mode |= RE2JS.CASE_INSENSITIVE;
    if (flags.includes('m')) mode |= RE2JS.MULTILINE;
    if (flags.includes('s')) mode |= RE2JS.DOTALL;
    this.#pattern = linearPattern(text, mode);
  }

  exec(text: string): (readonly (string | undefined)[] & { readonly index: number }) | null {
    const matcher = this.#pattern.matcher(text);
    if (!matcher.find(Math.min(this.lastIndex, text.length))) {
      this.lastIndex = 0;
      return null;
    }
    const groups: (string | undefined)[] = [];
    for (let i = 0; i <= matcher.groupCount(); i += 1) groups.push(matcher.group(i) ?? undefined);
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start() });
  }

  test(text: string): boolean {
    return this.exec(text) !== null;
  }
}
