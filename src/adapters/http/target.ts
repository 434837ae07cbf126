/**
 * From a connector's base address and a request to the one URL that may be called. Pure. A request can only go deeper
 * below the base: same scheme, host and port, same path prefix; everything else is `ADDRESS_REFUSED`.
 */
import { isIP } from 'node:net';
import { StepFault } from '../../domain/errors.ts';
import { addressAllowed, nameAllowed } from './addresses.ts';

export interface Border {
  readonly baseUrl: string;
  /** `host` or `host:port`; a port other than the scheme's own must be named. */
  readonly allowedHosts: readonly string[];
  /** Local platform only: plain HTTP, any port, loopback and private ranges. */
  readonly allowPrivate: boolean;
}

/** Checks scheme, host, port and user information of an address a connector names itself (`baseUrl`, `tokenUrl`). */
export function ownUrl(text: string, border: Omit<Border, 'baseUrl'>): URL {
  const url = parse(text);
  if (/[\s\\]/.test(text)) throw refused('the address holds white space or a backslash');
  if (url.username !== '' || url.password !== '' || text.split(/[/?#]/, 3)[2]?.includes('@'))
    throw refused('the address holds user information');
  if (text.includes('#')) throw refused('the address holds a fragment');
  if (url.protocol !== 'https:' && !(border.allowPrivate && url.protocol === 'http:'))
    throw refused('only https is allowed');
  const host = bareHost(url);
  const known = border.allowedHosts.some((allowed) => {
    const wanted = allowed.toLowerCase();
    return wanted === url.host || (wanted === url.hostname && (url.port === '' || border.allowPrivate));
  });
  if (!known) throw refused('the host is not among `allowedHosts`');
  if (isIP(host) === 0 ? !nameAllowed(host, border.allowPrivate) : !addressAllowed(host, border.allowPrivate))
    throw refused('the host lies in a range that connectors may not reach');
  return url;
}

/** The URL of one request. `path` starts with `/` (below the base) or is an absolute URL, as `next` links are. */
export function requestUrl(
  path: string,
  query: Readonly<Record<string, string | readonly string[]>>,
  border: Border,
): URL {
  const base = ownUrl(border.baseUrl, border);
  const prefix = base.pathname.replace(/\/+$/, '');
  const absolute = /^https?:\/\//i.test(path);
  if (!absolute && !path.startsWith('/')) throw refused('a path starts with a slash');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f\\#]/.test(path)) throw refused('a path holds a character that is not encoded');
  const beforeQuery = path.split('?', 1)[0] ?? '';
  if (hasDotSegment(absolute ? beforeQuery.replace(/^https?:\/\/[^/]*/i, '') : beforeQuery))
    throw refused('a path holds dot segments');
  const url = parse(absolute ? path : `${base.origin}${prefix}${path}`);
  if (url.username !== '' || url.password !== '') throw refused('the address holds user information');
  if (url.origin !== base.origin) throw refused('the address leaves the origin of the connector');
  if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`))
    throw refused('the address leaves the path of the connector');
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === 'string' ? [value] : value) url.searchParams.append(name, one);
  return url;
}

/** Host without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** True when a server that decodes once or twice could read a `.` or `..` segment out of this path. */
export function hasDotSegment(path: string): boolean {
  let text = path;
  for (let round = 0; round < 3; round += 1) {
    if (text.split(/[/\\]/).some((segment) => /^\.{1,2}(;.*)?$/.test(segment))) return true;
    text = text.replace(/%(2e|2f|5c|25|3b)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return false;
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw refused('the address cannot be read');
  return new URL(text);
}

function refused(why: string): StepFault {
  return new StepFault('ADDRESS_REFUSED', why);
}
