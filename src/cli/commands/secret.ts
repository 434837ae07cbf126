/** `secret set`, `secret list`: values come from standard input only and are sealed in the data folder. */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { tenantId } from '../../domain/ids.ts';
import { DEVELOPMENT_TENANT } from '../../host/front/development-issuer.ts';
import { openLocalSecrets } from '../../platform/local/open-secrets.ts';
import { dataFolder, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { printJson } from '../print.ts';

const collect = (value: string, list: string[] = []) => [...list, value];

export function addSecretCommand(program: Command): void {
  const secret = program.command('secret').description('secrets of connectors, by name');
  secret
    .command('set <name>')
    .description('reads the value from standard input')
    .option(
      '--host <host>',
      'host that may receive it; may be repeated (default: fixed by the first connector that names it)',
      collect,
    )
    .action(async (name: string, options: { host?: string[] }, command: Command) => {
      if (process.stdin.isTTY)
        throw new CliError(
          'usage',
          'The value is read from standard input.',
          `Pipe it: printf %s "$VALUE" | npx countersign secret set ${name}`,
        );
      const value = (await text(process.stdin)).replace(/\r?\n$/, '');
      if (value === '') throw new CliError('usage', 'The value is empty.', 'Pipe the value into the command.');
      const globals = command.optsWithGlobals<GlobalOptions>();
      const open = secretsOf(globals);
      try {
        await open.secrets.set(tenantId(DEVELOPMENT_TENANT), name, value, options.host ?? []);
      } catch (error) {
        if (error instanceof TypeError) throw new CliError('usage', error.message, 'Choose another name.');
        throw error;
      } finally {
        await open.close();
      }
      if (globals.json) printJson({ name, set: true });
      else console.log(`${name} is set in ${dataFolder(globals)}.`);
    });
  secret
    .command('list')
    .description('names only')
    .action(async (_options: unknown, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const open = secretsOf(globals);
      const names = await open.secrets.names(tenantId(DEVELOPMENT_TENANT)).finally(() => open.close());
      if (globals.json) printJson({ names });
      else console.log(names.length === 0 ? 'There is no secret yet.' : names.join('\n'));
    });
}

function secretsOf(globals: GlobalOptions): ReturnType<typeof openLocalSecrets> {
  const data = dataFolder(globals);
  try {
    return openLocalSecrets(data);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError('usage', `The data folder ${data} cannot be used: ${why}.`, 'Name another one with --data.');
  }
}
