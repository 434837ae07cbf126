/** The service about itself: health, readiness, OpenAPI, the reference page, the caller. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openApiDocument } from '../../src/contract/openapi.ts';
import { permissionsOf } from '../../src/contract/permissions.ts';
import * as routes from '../../src/contract/routes/service.ts';
import { handle } from './edge.ts';

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Countersign API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><main id="api"></main><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>`;
const START = "SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });\n";
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
};

export const serviceHandlers = [
  handle(routes.health, async (_call, { version }) => ({ status: 200, json: { status: 'ok', version } })),
  handle(routes.ready, async (_call, { readiness }) => {
    const { ready, checks } = await readiness();
    return {
      status: ready ? 200 : 503,
      json: { status: ready ? 'ready' : 'not ready', checks },
      ...(ready ? {} : { headers: { 'retry-after': '2' } }),
    };
  }),
  handle(routes.openapi, async (_call, { deps, version }) => ({
    status: 200,
    json: openApiDocument(deps.settings.publicBaseUrl, version),
    headers: { 'cache-control': 'max-age=60' },
  })),
  handle(routes.docs, async () => ({ status: 200, text: PAGE, headers: PAGE_HEADERS })),
  handle(routes.docsAsset, async ({ params }) => {
    const style = params.asset.endsWith('.css');
    const text =
      params.asset === 'start.js'
        ? START
        : await readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${params.asset}`), 'utf8');
    return {
      status: 200,
      text,
      headers: { 'content-type': style ? 'text/css' : 'text/javascript', 'cache-control': 'max-age=3600' },
    };
  }),
  handle(routes.whoami, async ({ caller }) => ({
    status: 200,
    json: {
      id: caller.id,
      tenant: caller.tenant,
      name: caller.name,
      kind: caller.kind,
      roles: caller.roles,
      groups: caller.groups,
      permissions: [...permissionsOf(caller.roles)],
    },
  })),
];
