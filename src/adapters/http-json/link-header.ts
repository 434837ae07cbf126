/** `Link: <…>; rel="next"` (RFC 8288), the part that paging needs. Pure and linear in the header's length. */

/** Target of the first link whose relation types hold `next`, or null. */
export function nextLink(header: string | undefined): string | null {
  let rest = header ?? '';
  for (;;) {
    const open = rest.indexOf('<');
    const close = rest.indexOf('>', open);
    if (open < 0 || close < 0) return null;
    const target = rest.slice(open + 1, close);
    rest = rest.slice(close + 1);
    const following = rest.indexOf('<');
    const parameters = following < 0 ? rest : rest.slice(0, following);
    if (/;\s*rel\s*=\s*("([^"]*\s)?next(\s[^"]*)?"|next\s*(;|,|$))/i.test(parameters)) return target.trim();
  }
}
