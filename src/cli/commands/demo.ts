/** The demo workspace: two outside systems, their secrets, the sample documents, and who the people are. */
import { join, resolve } from 'node:path';
import { tenantId } from '../../domain/ids.ts';
import { newDemoSecrets, startDemo } from '../../demo/start.ts';
import { DEVELOPMENT_TENANT } from '../../host/front/development-issuer.ts';
import { openLocalSecrets } from '../../platform/local/open-secrets.ts';
import { call } from '../client.ts';
import { commandFor, contextOf } from '../context.ts';

export interface Demo {
  /** Publishes the sample documents; returns the lines to print. */
  apply(url: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** What the service needs to know before it starts: the demo's outside systems listen on loopback. */
export const DEMO_ENV = { COUNTERSIGN_ALLOW_PRIVATE: '*' } as const;

/**
 * Only for whom the data folder belongs to: a second start that is refused must not change the first one's tokens.
 * Secrets are set before the outside systems listen, so a run that goes on meanwhile is never turned away by an old token.
 */
export async function openDemo(data: string): Promise<Demo> {
  const secrets = newDemoSecrets();
  const open = openLocalSecrets(data);
  try {
    for (const [name, value] of Object.entries(secrets))
      await open.secrets.set(tenantId(DEVELOPMENT_TENANT), name, value, ['127.0.0.1', 'localhost']);
  } finally {
    await open.close();
  }
  const outside = await startDemo({ directory: join(data, 'demo'), secrets });
  return {
    async apply(url) {
      const context = contextOf({ data, url }, 'owner');
      await call(context, 'POST', '/api/v1/definitions', { texts: outside.documents });
      const command = commandFor(resolve(data));
      return [
        '',
        'Start a run, see what waits, approve it:',
        `  ${command} run labour-cost-posting --input '{"week":"2026-W46"}'`,
        `  ${command} approvals --mine`,
        `  ${command} decide approve`,
        '',
        `Or open the approver's link in ${join(data, 'inbox', 'approver')}.`,
      ];
    },
    stop: () => outside.stop(),
  };
}
