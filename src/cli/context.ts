/** What every command knows: where the service is, as whom it calls, how it prints. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEVELOPMENT_TENANT, openIssuer, readAccounts, type Account } from '../host/front/development-issuer.ts';
import { CliError } from './errors.ts';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly as?: string;
  readonly url?: string;
  readonly data?: string;
  readonly token?: string;
}

export interface CliContext {
  readonly json: boolean;
  readonly data: string;
  readonly url: string;
  /** How this command line is called with the same service, for lines that may be pasted. */
  readonly command: string;
  /** A token was given; otherwise an account of the data folder speaks. */
  readonly tokenGiven: boolean;
  /** `Authorization` of the chosen account, or of the token given. */
  authorization(): Promise<string | null>;
}

export const DEFAULT_DATA = '.countersign';

export function dataFolder(options: GlobalOptions): string {
  return resolve(options.data ?? process.env.COUNTERSIGN_DATA ?? DEFAULT_DATA);
}

/** `fallback` is the account used when neither `--as` nor a token is given. */
export function contextOf(options: GlobalOptions, fallback?: string): CliContext {
  const data = dataFolder(options);
  const url = addressOf(options.url ?? process.env.COUNTERSIGN_URL ?? readAddress(data) ?? 'http://localhost:7071');
  const token = options.token ?? process.env.COUNTERSIGN_TOKEN;
  const name = options.as ?? fallback;
  return {
    json: options.json ?? false,
    data,
    url,
    command: commandFor(data, options.url),
    tokenGiven: Boolean(token),
    async authorization() {
      if (token) return `Bearer ${token}`;
      if (!isLocal(url))
        throw new CliError(
          'refused',
          `${url} is not on this machine, so no account of the data folder can speak there.`,
          'Pass an access token with --token, or set COUNTERSIGN_TOKEN.',
        );
      if (name === undefined) return null;
      return `Bearer ${await (await openIssuer(data)).mint(accountNamed(data, name), DEVELOPMENT_TENANT)}`;
    },
  };
}

/** With the options that lead to the same service; a data folder is named only where the command would not look for it. */
export function commandFor(data: string, url?: string): string {
  const found = data === resolve(process.env.COUNTERSIGN_DATA ?? DEFAULT_DATA);
  return `npx countersign${found ? '' : ` --data ${quoted(data)}`}${url === undefined ? '' : ` --url ${quoted(url)}`}`;
}

/** For a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w./~:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export function accountNamed(data: string, name: string): Account {
  const { accounts } = readAccounts(data);
  const account = accounts.find(({ id }) => id === name);
  if (account) return account;
  const known = accounts.map(({ id }) => id).join(', ');
  throw new CliError(
    'usage',
    `There is no account ${name} in ${data}.`,
    known ? `Accounts: ${known}.` : 'Nothing was started there: run `npm start`, or name its folder with --data.',
  );
}

/** The host leaves its address here, so that commands find it without an option. */
export function writeAddress(data: string, url: string): void {
  writeFileSync(join(data, 'address'), `${url}\n`, { mode: 0o600 });
}

function readAddress(data: string): string | undefined {
  const file = join(data, 'address');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CliError('usage', `${text} is no address.`, 'Give one such as https://example.azurewebsites.net.');
  return text.replace(/\/+$/, '');
}

/** Tokens of the local issuer are of no use elsewhere, so they are never sent there. */
function isLocal(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
