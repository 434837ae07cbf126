/**
 * `demo`: the demo workspace beside a Functions host that already runs this build, as `start --demo` has it. It knows that
 * host by its address and its data folder only.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ensureAccounts, peopleLine } from '../accounts.ts';
import { call } from '../client.ts';
import { contextOf, writeAddress, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('the demo beside another Functions host that runs this build (--url, --data); Ctrl-C stops it')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>());
      await call(context, 'GET', '/api/health');
      await refuseSecond(context.data);
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      ensureAccounts(context.data);
      const demo = await (await import('./demo.ts')).openDemo(context.data);
      try {
        writeAddress(context.data, context.url);
        for (const line of [peopleLine(context.data), ...(await demo.apply(context.url))]) console.log(line);
        await stopped;
      } finally {
        await demo.stop();
      }
    });
}

/** A second demo on one folder would take the first one's tokens away: they are new at every start. */
async function refuseSecond(data: string): Promise<void> {
  let port: unknown;
  try {
    port = (JSON.parse(readFileSync(join(data, 'demo', 'ports.json'), 'utf8')) as { erp?: unknown }).erp;
  } catch {
    return; // No note, or none that can be read: no demo has run here.
  }
  if (typeof port === 'number' && (await answers(port)))
    throw new CliError('conflict', `A demo runs in ${data} already.`, 'Stop it first, or name another folder.');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
