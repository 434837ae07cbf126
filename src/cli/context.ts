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
  /** `Authorization` of the chosen account, or of `COUNTERSIGN_TOKEN`. */
  authorization(): Promise<string | null>;
}

export const DEFAULT_DATA = '.countersign';

export function dataFolder(options: GlobalOptions): string {
  return resolve(options.data ?? process.env.COUNTERSIGN_DATA ?? DEFAULT_DATA);
}

/** `fallback` is the account used when neither `--as` nor a token is given. */
export function contextOf(options: GlobalOptions, fallback?: string): CliContext {
  const data = dataFolder(options);
  const name = options.as ?? fallback;
  return {
    json: options.json ?? false,
    data,
    url: (options.url ?? process.env.COUNTERSIGN_URL ?? readAddress(data) ?? 'http://localhost:7071').replace(
      /\/$/,
      '',
    ),
    async authorization() {
      const token = options.token ?? process.env.COUNTERSIGN_TOKEN;
      if (token) return `Bearer ${token}`;
      if (name === undefined) return null;
      return `Bearer ${await (await openIssuer(data)).mint(accountNamed(data, name), DEVELOPMENT_TENANT)}`;
    },
  };
}

export function accountNamed(data: string, name: string): Account {
  const { accounts } = readAccounts(data);
  const account = accounts.find(({ id }) => id === name);
  if (account) return account;
  const known = accounts.map(({ id }) => id).join(', ');
  throw new CliError(
    'usage',
    `There is no account ${name}.`,
    known ? `Accounts: ${known}.` : `No accounts in ${data}: start the demo, or pass --data.`,
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
