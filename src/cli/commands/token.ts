/** `token` and `issuer`: a development token, and the public key that another host has to trust; printed alone, for shells. */
import type { Command } from 'commander';
import { dataFolder, type GlobalOptions } from '../context.ts';
import {
  DEVELOPMENT_ISSUER,
  DEVELOPMENT_TENANT,
  openIssuer,
  readAccounts,
} from '../../host/front/development-issuer.ts';
import { ROLES } from '../../ports/identity.ts';
import { CliError } from '../errors.ts';
import { printJson } from '../print.ts';

const collect = (value: string, list: string[] = []) => [...list, value];

export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('a token of the local issuer (not accepted on Azure)')
    .requiredOption('--user <name>', 'account, or any name')
    .option('--role <role>', "role, instead of the account's; may be repeated", collect)
    .option('--group <group>', "group, instead of the account's; may be repeated", collect)
    .option('--tenant <tenant>', 'tenant', DEVELOPMENT_TENANT)
    .action(async (options: TokenOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const data = dataFolder(globals);
      checkNames(options);
      const known = readAccounts(data).accounts.find(({ id }) => id === options.user);
      const account = {
        id: options.user,
        name: known?.name ?? options.user,
        roles: options.role ?? known?.roles ?? [],
        groups: options.group ?? known?.groups ?? [],
      };
      if (account.roles.length === 0)
        console.error(
          `Warning: ${options.user} is no account of ${data} and is given no role: the token may do nothing.`,
        );
      const token = await (await openIssuer(data)).mint(account, options.tenant);
      if (globals.json) printJson({ token, ...account, tenant: options.tenant });
      else console.log(token);
    });
  program
    .command('issuer')
    .description('the local issuer as the setting COUNTERSIGN_ISSUERS wants it, for another Functions host')
    .action(async (_options: unknown, command: Command) => {
      const { jwks } = await openIssuer(dataFolder(command.optsWithGlobals<GlobalOptions>()));
      console.log(JSON.stringify([{ issuer: DEVELOPMENT_ISSUER, jwks }]));
    });
}

interface TokenOptions {
  readonly user: string;
  readonly role?: readonly string[];
  readonly group?: readonly string[];
  readonly tenant: string;
}

/** What no service would accept is told here, not by a refusal later on. */
function checkNames({ user, role = [], tenant }: TokenOptions): void {
  const next = 'Use letters, digits and -, at most 64.';
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(user)) throw new CliError('usage', `${user} is no name of a user.`, next);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(tenant)) throw new CliError('usage', `${tenant} is no name of a tenant.`, next);
  const unknown = role.filter((name) => !(ROLES as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new CliError('usage', `There is no role ${unknown.join(', ')}.`, `Roles: ${ROLES.join(', ')}.`);
}
