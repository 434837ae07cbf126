/** Hosts to which a secret may be sent: names only. Which ports and paths a connector may reach is the adapter's border. */

/** `ERP.example.test:8443` → `erp.example.test`, `[::1]:80` → `::1`. Throws `TypeError` for what is no host. */
export function hostName(text: string): string {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const bare = bracketed ?? (text.split(':').length > 2 ? text : text.replace(/:\d{1,5}$/, ''));
  if (!/^[A-Za-z0-9._:-]{1,253}$/.test(bare))
    throw new TypeError('an allowed host is a name without scheme, path or wildcard');
  return bare.toLowerCase();
}

/** Distinct host names, sorted. */
export function hostNames(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map(hostName))].sort();
}
