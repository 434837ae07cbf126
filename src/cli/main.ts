/** The `countersign` command: everything the API does from a terminal, and the local host. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addApprovalCommands } from './commands/approvals.ts';
import { addDefinitionCommands } from './commands/definitions.ts';
import { addDemoCommand } from './commands/demo-beside.ts';
import { addHostCommands } from './commands/host.ts';
import { addRunCommands } from './commands/runs.ts';
import { addSecretCommand } from './commands/secret.ts';
import { addTokenCommand } from './commands/token.ts';
import { CliError, EXIT, EXIT_HELP } from './errors.ts';
import { printJson } from './print.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('countersign')
  .description('Governed business workflows')
  .version(version)
  .option('--json', 'print one JSON document')
  .option('--as <name>', 'account to act as (local host)')
  .option('--url <address>', 'address of the service')
  .option('--data <folder>', 'data folder of the local host (default: .countersign)')
  .option('--token <token>', 'access token, instead of an account; or COUNTERSIGN_TOKEN')
  .addHelpText('after', `\n${EXIT_HELP}`)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

addHostCommands(program, version);
addDemoCommand(program);
addDefinitionCommands(program);
addRunCommands(program);
addApprovalCommands(program);
addTokenCommand(program);
addSecretCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage.code;
  else if (error instanceof CliError) {
    process.exitCode = EXIT[error.exit].code;
    // What failed by itself has printed its document already.
    const told = error.body ?? (error.exit === 'failed' ? null : { title: error.message, next: error.next });
    if (program.opts<{ json?: boolean }>().json && told !== null) printJson(told);
    else process.stderr.write(`${error.message}\n${error.next}\n`);
  } else throw error;
}
