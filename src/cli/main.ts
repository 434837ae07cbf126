/** The `countersign` command: everything the API does from a terminal, and the local host. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addApprovalCommands } from './commands/approvals.ts';
import { addDecideCommand } from './commands/decide.ts';
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

const asJson = process.argv.includes('--json');
const program = new Command('countersign')
  .description('Governed business workflows: what waits, what ran, what was decided; and the local host.')
  .version(version)
  .option('--json', 'print one JSON document')
  .option('--as <name>', 'account of the local host to act as')
  .option(
    '--url <address>',
    'address of the service; or COUNTERSIGN_URL (default: of the host that uses the data folder)',
  )
  .option('--token <token>', 'access token, instead of an account; or COUNTERSIGN_TOKEN')
  .option('--data <folder>', 'data folder of the local host; or COUNTERSIGN_DATA (default: .countersign)')
  .addHelpText('after', `\n${EXIT_HELP}`)
  .exitOverride()
  .showHelpAfterError('See `countersign help`, or --help after a command.')
  .configureOutput({ outputError: (text, write) => (asJson ? undefined : write(text)) })
  .configureHelp({ showGlobalOptions: true, helpWidth: 100 });

addHostCommands(program, version);
addDemoCommand(program);
addDefinitionCommands(program);
addRunCommands(program);
addApprovalCommands(program);
addDecideCommand(program);
addTokenCommand(program);
addSecretCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage.code;
    if (asJson && error.exitCode !== 0)
      printJson({ title: error.message.replace(/^error: /, ''), next: 'See `countersign help`.' });
  } else if (error instanceof CliError) {
    process.exitCode = EXIT[error.exit].code;
    // What failed by itself has printed its document already.
    const told = error.body ?? (error.exit === 'failed' ? null : { title: error.message, next: error.next });
    if (asJson && told !== null) printJson(told);
    else process.stderr.write(`${error.message}\n${error.next}\n`);
  } else throw error;
}
