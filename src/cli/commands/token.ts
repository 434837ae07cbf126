/** `token` and `issuer`: a development token, and the public key that another host has to trust; printed alone, for shells. */
import type { Command } from 'commander';
import { dataFolder, type GlobalOptions } from '../context.ts';
import {
  DEVELOPMENT_ISSUER,
  DEVELOPMENT_TENANT,
  openIssuer,
  readAccounts,
} from '../../host/front/development-issuer.ts';
import { printJson } from '../print.ts';

const collect = (value: string, list: string[]) => [...list, value];

export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('a token of the local issuer (not accepted on Azure)')
    .requiredOption('--user <name>', 'account, or any name')
    .option('--role <role>', 'role; may be repeated', collect, [])
    .option('--group <group>', 'group; may be repeated', collect, [])
    .option('--tenant <tenant>', 'tenant', DEVELOPMENT_TENANT)
    .action(async (options: { user: string; role: string[]; group: string[]; tenant: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const data = dataFolder(globals);
      const known = readAccounts(data).accounts.find(({ id }) => id === options.user);
      const account = {
        id: options.user,
        name: known?.name ?? options.user,
        roles: options.role.length > 0 ? options.role : (known?.roles ?? []),
        groups: options.group.length > 0 ? options.group : (known?.groups ?? []),
      };
      const token = await (await openIssuer(data)).mint(account, options.tenant);
      if (globals.json) printJson({ token, ...account, tenant: options.tenant });
      else console.log(token);
    });
  program
    .command('issuer')
    .description(
      'the local issuer as the setting COUNTERSIGN_ISSUERS wants it, for running this build under another Functions host',
    )
    .action(async (_options: unknown, command: Command) => {
      const { jwks } = await openIssuer(dataFolder(command.optsWithGlobals<GlobalOptions>()));
      console.log(JSON.stringify([{ issuer: DEVELOPMENT_ISSUER, jwks }]));
    });
}
