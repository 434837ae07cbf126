/** The story's site on the Azure platform: what its services were given and what telemetry was sent is everything that was written. */
import { tenantId } from '../../../src/domain/ids.ts';
import { openEstate } from '../../support/azure/estate.ts';
import { startService } from '../../support/azure/https-server.ts';
import { ingestion } from '../../support/azure/ingestion-service.ts';
import { openServices } from '../../support/services.ts';
import { callerOf, type Site } from './site.ts';

// The exporter reports about itself to its maker unless told not to.
process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';

const PEOPLE = [
  { id: 'starter', email: 'starter@example.test', roles: ['starter', 'author'], manager: 'operator' },
  { id: 'approver', email: 'approver@example.test', roles: ['approver'], groups: ['finance'], manager: 'operator' },
  { id: 'operator', email: 'operator@example.test', roles: ['operator'] },
  { id: 'owner', email: 'owner@example.test', roles: ['author', 'publisher', 'governor', 'admin'] },
];

/** `exported`: the envelopes that telemetry has been sent so far; all of them once the site is closed. */
export async function azureSite(): Promise<Site & { readonly exported: readonly unknown[] }> {
  const estate = await openEstate({ tenant: 'demo', audience: 'test', people: PEOPLE });
  const { doubles, servers } = estate;
  const service = ingestion();
  const telemetry = await startService(service);
  const platform = estate.platform({
    telemetry: `InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=${telemetry.url}/`,
  });
  const opened = await openServices({ platform, work: true, exported: true });
  let closing: Promise<void> | null = null;
  return {
    call: callerOf(opened.services),
    setSecret: (name, value) => opened.services.deps.secrets.set(tenantId('demo'), name, value, ['127.0.0.1']),
    async link(run) {
      for (let tries = 0; tries < 400; tries++) {
        const mail = doubles.graph.mails.map(({ body }) => JSON.stringify(body)).find((text) => text.includes(run));
        const link = mail && /\/approve\/[^\s"\\]+/.exec(mail)?.[0];
        if (link) return link;
        await new Promise((resume) => setTimeout(resume, 25));
      }
      throw new Error(`no mail about ${run} came within 10 s`);
    },
    scanAll(scan) {
      for (const [name, container] of doubles.cosmos.containers)
        for (const { body } of container.items()) scan.text(`cosmos ${name}`, JSON.stringify(body));
      for (const [name, { bytes, metadata }] of [...doubles.blob.blobs, ...doubles.keys.blobs]) {
        scan.text('blob', bytes);
        scan.text('blob name', `${name} ${JSON.stringify(metadata)}`);
      }
      for (const { body } of doubles.graph.mails) scan.text('mail', JSON.stringify(body));
      // Addresses and headers are in the logs of every service. The vault of secrets alone is given a secret, in a body.
      for (const [name, { log }] of Object.entries(servers))
        for (const { path, query, headers, body } of log) {
          scan.text(`request to ${name}`, `${path}?${query} ${JSON.stringify(headers)}`);
          if (name !== 'secrets') scan.text(`request to ${name}`, body);
        }
      scan.text('telemetry', JSON.stringify(service.received));
      scan.folder(opened.directory);
    },
    exported: service.received,
    close: () =>
      (closing ??= opened.close().then(async () => {
        await Promise.all([estate.close(), telemetry.close()]);
      })),
  };
}
