/** Artifacts over HTTP. */
import { listArtifacts, putArtifact, readArtifact } from '../../src/app/artifacts.ts';
import { Problem } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/artifacts.ts';
import { runId } from '../../src/domain/ids.ts';
import { handle, replayed } from './edge.ts';

const missing = (run: string) => new Problem('NOT_FOUND', `There is no run ${run}.`);

export const artifactHandlers = [
  handle(routes.putArtifact, async ({ caller, params, query, raw, idempotencyKey }, { deps }) => {
    const file = { name: query.name, contentType: raw.contentType, bytes: raw.bytes };
    const scope = { tenant: caller.tenant, run: runId(params.run) };
    const stored = await putArtifact(deps, scope, caller.id, file, idempotencyKey);
    if (stored === null) throw missing(params.run);
    const { artifact, replay } = stored;
    return {
      status: 201,
      json: artifact,
      headers: { location: `${deps.settings.publicBaseUrl}/api/v1/artifacts/${artifact.id}`, ...replayed(replay) },
    };
  }),
  handle(routes.listArtifacts, async ({ caller, params }, { deps }) => {
    const scope = { tenant: caller.tenant, run: runId(params.run) };
    if ((await deps.runs.readHead(scope)) === null) throw missing(params.run);
    return { status: 200, json: { items: await listArtifacts(deps, scope) } };
  }),
  handle(routes.getArtifact, async ({ caller, params, query }, { deps }) => {
    const [run = '', artifact = ''] = params.artifact.split('~');
    const found = await readArtifact(
      deps,
      { tenant: caller.tenant, run: runId(run) },
      caller.id,
      artifact,
      query.reason,
    );
    if (found === null) throw new Problem('NOT_FOUND', `There is no artifact ${params.artifact}.`);
    return {
      status: 200,
      bytes: found.bytes,
      headers: {
        'content-type': found.contentType,
        'content-disposition': 'attachment',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    };
  }),
];
