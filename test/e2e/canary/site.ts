/**
 * Where the story of the planted values is told: the built product as a user starts it, or the same edge and engine in this
 * process, where alone the sealing can be switched off.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Services } from '../../../functions/services.ts';
import { tenantId } from '../../../src/domain/ids.ts';
import { openLocalSecrets } from '../../../src/platform/local/open-secrets.ts';
import type { CanaryScan } from '../../support/canary.ts';
import { createOpenVault } from '../../support/open-vault.ts';
import { startProduct } from '../../support/product.ts';
import { as, callPath, openServices } from '../../support/services.ts';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: any;
}

export interface Site {
  call(account: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  setSecret(name: string, value: string): Promise<void>;
  /** The newest personal link for a run. */
  link(run: string): Promise<string>;
  /** Everything that the system wrote and printed. */
  scanAll(scan: CanaryScan): void;
  close(): Promise<void>;
}

/** What the folder may hold in clear: personal links, and the outside systems of the demo. */
const EXEMPT = ['inbox', 'demo'];
const HOST = ['127.0.0.1'];

export async function productSite(args: readonly string[]): Promise<Site> {
  const product = await startProduct({ args, env: { COUNTERSIGN_LOG: 'debug' } });
  return {
    async call(account, method, path, body, headers = {}) {
      const answer = await product.call(account, method, path, body, headers);
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      return { status: answer.status, body: answer.body, text };
    },
    async setSecret(name, value) {
      const open = openLocalSecrets(product.data);
      await open.secrets.set(tenantId('demo'), name, value, HOST).finally(() => open.close());
    },
    link: (run) => linkIn(product.data, run),
    scanAll(scan) {
      scan.folder(product.data, EXEMPT);
      scan.text('what was printed', product.output());
    },
    close: () => product.remove(),
  };
}

const PEOPLE: Record<string, Record<string, string>> = {
  starter: as('starter', 'demo', ['starter', 'author']),
  approver: as('approver', 'demo', ['approver'], ['finance']),
  operator: as('operator', 'demo', ['operator']),
  owner: as('owner', 'demo', ['author', 'publisher', 'governor', 'admin']),
};

/** Calls the edge of these services as the demo's people. */
export const callerOf =
  (services: Services): Site['call'] =>
  (account, method, path, body, headers = {}) =>
    callPath(services, method, path, {
      headers: {
        ...PEOPLE[account],
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });

export async function openSite(): Promise<Site> {
  const opened = await openServices({ vault: createOpenVault, work: true });
  const site: Site = {
    call: callerOf(opened.services),
    setSecret: (name, value) => opened.services.deps.secrets.set(tenantId('demo'), name, value, HOST),
    link: (run) => linkIn(opened.directory, run),
    scanAll(scan) {
      scan.folder(opened.directory, EXEMPT);
      scan.text('faults', opened.faults.join('\n'));
    },
    close: () => opened.close(),
  };
  const people = readFileSync(join(import.meta.dirname, '../../../src/demo/workspace/directory.yaml'), 'utf8');
  await site.call('owner', 'POST', '/api/v1/definitions', { texts: [people] });
  return site;
}

async function linkIn(data: string, run: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      const folder = join(data, 'inbox', 'approver');
      const name = readdirSync(folder).find((each) => each.includes(run));
      const link = name && /\/approve\/\S+/.exec(readFileSync(join(folder, name), 'utf8'))?.[0];
      if (link) return link;
    } catch {
      // The folder is made with the first notice.
    }
    await new Promise((resume) => setTimeout(resume, 25));
  }
  throw new Error(`no personal link for ${run} came within 10 s`);
}
