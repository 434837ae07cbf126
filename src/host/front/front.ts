/**
 * Stands before the local host: a caller on this machine who sends no token is the default account (DESIGN §7). Web pages
 * that happen to be open, other machines behind a tunnel, and rebound names are refused before the app sees them.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { openIssuer, readAccounts, type DevelopmentIssuer } from './development-issuer.ts';

interface Answer {
  headers?: Record<string, string>;
  refuse?: { status: number; body: string; contentType: string };
}

/** Whoever sends one of these stands behind a proxy or a tunnel: not on this machine, whatever the socket says. */
const FORWARDING = /^(forwarded|via|x-forwarded-.*|x-real-ip|x-original-.*|.*-client-ip|cf-connecting-ip)$/;
const RENEW_MS = 3600_000;

export async function createFront(host: {
  port: number;
  data: string;
}): Promise<(request: IncomingMessage) => Promise<Answer>> {
  const issuer = await openIssuer(host.data);
  const names = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${host.port}`);
  let minted: { token: string; account: string; at: number } | null = null;
  return async (request) => {
    const { headers } = request;
    // Of two names the first would be read here, and perhaps the other elsewhere.
    if (!names.includes(headers.host ?? '') || request.headersDistinct['host']?.length !== 1)
      return refuse('the Host header names another machine');
    if (isForeign(headers, names)) {
      // Somebody follows a link in a message: only looking at the page behind it, and in nobody's name.
      if (isNavigation(request) && (request.url ?? '').startsWith('/approve/')) return {};
      return refuse('the request comes from another web page');
    }
    if (headers.authorization !== undefined || Object.keys(headers).some((name) => FORWARDING.test(name))) return {};
    const write = request.method !== 'GET' && request.method !== 'HEAD';
    if (write && !/^application\/json\b/i.test(headers['content-type'] ?? '')) return {};
    minted = await current(minted, issuer, host.data);
    return minted ? { headers: { authorization: `Bearer ${minted.token}` } } : {};
  };
}

/**
 * A page without referrers, as the approval page is, has its own forms sent with `Origin: null`; then the browser's word
 * `same-origin`, which no page can set, tells it from a stranger's.
 */
function isForeign(headers: IncomingHttpHeaders, names: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined || names.some((name) => origin === `http://${name}`)) return false;
  return !(origin === 'null' && site === 'same-origin');
}

const isNavigation = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';

async function current(
  minted: { token: string; account: string; at: number } | null,
  issuer: DevelopmentIssuer,
  data: string,
) {
  if (minted && Date.now() - minted.at < RENEW_MS) return minted;
  const { default: name, accounts } = readAccounts(data);
  const account = accounts.find(({ id }) => id === name);
  return account ? { token: await issuer.mint(account), account: name, at: Date.now() } : null;
}

function refuse(why: string): Answer {
  const body = {
    type: 'about:blank',
    title: 'Refused by the local host',
    status: 403,
    code: 'FORBIDDEN',
    detail: `Refused: ${why}.`,
    next: 'Call http://localhost with the port that the host printed.',
  };
  return { refuse: { status: 403, body: JSON.stringify(body), contentType: 'application/problem+json' } };
}
