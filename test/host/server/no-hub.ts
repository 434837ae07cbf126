/**
 * A host without a task hub, for tests of the Functions side alone. Started as a program with the child flag, it is
 * the supervised process of such a host.
 */
import { runChild } from '../../../src/host/server/child.ts';
import type { OpenHub } from '../../../src/host/server/start-host.ts';

export const childFlag = '--no-hub-child';

export const noHub: OpenHub = async () => ({
  start: async () => undefined,
  stop: async () => undefined,
  clientBinding: (_origin, rpcBaseUrl) =>
    JSON.stringify({ taskHubName: 'none', creationUrls: {}, managementUrls: {}, rpcBaseUrl }),
  async handle(path, _request, response, origin) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ path, origin }));
  },
});

if (process.argv.includes(childFlag)) runChild(noHub);
