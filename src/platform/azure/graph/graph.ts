/** Microsoft Graph by token: JSON in, JSON out, pages followed, retries by the platform's rule. Nothing of an answer is logged. */
import type { TokenCredential } from '@azure/identity';
import { PlatformFault } from '../../../domain/errors.ts';
import { patiently, statusOf, unexpected, type Patience } from '../patience.ts';

export const GRAPH = 'https://graph.microsoft.com/v1.0';
const SCOPE = 'https://graph.microsoft.com/.default';
/** A listing longer than this is refused: nobody asks so many people. */
const MOST_ITEMS = 1000;

export class Graph {
  readonly #endpoint: string;
  readonly #credential: TokenCredential;
  readonly #patience: Patience;

  constructor(credential: TokenCredential, patience: Patience, endpoint = GRAPH) {
    this.#endpoint = endpoint;
    this.#credential = credential;
    this.#patience = patience;
  }

  /** Null for 404. */
  async get<Body>(path: string): Promise<Body | null> {
    return this.#call<Body>('GET', `${this.#endpoint}${path}`, undefined);
  }

  /** Null for 404 and for an answer without a body. */
  async post<Body>(path: string, body: object): Promise<Body | null> {
    return this.#call<Body>('POST', `${this.#endpoint}${path}`, body);
  }

  /** All pages; null for 404. */
  async list<Row>(path: string): Promise<readonly Row[] | null> {
    const found: Row[] = [];
    let url: string | undefined = `${this.#endpoint}${path}`;
    while (url !== undefined) {
      type Page = { readonly value: readonly Row[]; readonly '@odata.nextLink'?: string };
      const page: Page | null = await this.#call<Page>('GET', url, undefined);
      if (page === null) return null;
      found.push(...page.value);
      if (found.length > MOST_ITEMS)
        throw new PlatformFault('LIMIT', `the directory answered more than ${MOST_ITEMS} entries`);
      url = page['@odata.nextLink'];
      // A token goes to the directory only, whatever the answer says.
      if (url !== undefined && new URL(url).origin !== new URL(this.#endpoint).origin)
        throw new PlatformFault('STORE_UNAVAILABLE', 'the directory named a next page elsewhere');
    }
    return found;
  }

  async #call<Body>(method: string, url: string, body: object | undefined): Promise<Body | null> {
    const what = `the directory: ${method}`;
    try {
      return await patiently(this.#patience, what, async (signal) => {
        const token = await this.#credential.getToken(SCOPE, { abortSignal: signal });
        if (token === null) throw new PlatformFault('STORE_UNAVAILABLE', 'there is no token for the directory');
        const response = await fetch(url, {
          method,
          redirect: 'error',
          headers: {
            authorization: `Bearer ${token.token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal,
        }).catch((error: unknown) => {
          throw broken(error);
        });
        const text = await response.text().catch((error: unknown) => {
          throw broken(error);
        });
        if (!response.ok)
          throw Object.assign(new Error('refused'), {
            statusCode: response.status,
            response: { headers: { get: (name: string) => response.headers.get(name) ?? undefined } },
          });
        return text === '' ? null : (JSON.parse(text) as Body);
      });
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw unexpected(what, error);
    }
  }
}

/** `fetch` hides what broke below `cause`; a time-out shows in the name. */
function broken(error: unknown): Error {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : name === 'TimeoutError' ? 'TimeoutError' : 'ECONNRESET';
  return Object.assign(new Error('no answer'), { code });
}
