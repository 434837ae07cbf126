/**
 * The edge without a host: every handler on the real local platform in a folder of its own. Who calls is said by the
 * header `Bearer <id>;<tenant>;<roles>;<groups>`; tokens themselves have tests of their own. Lanes only note what they
 * are asked.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import functions, { type HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { serve, type Handling } from '../../functions/http/edge.ts';
import { HANDLERS } from '../../functions/http/handlers.ts';
import type { Services } from '../../functions/services.ts';
import { readinessOf } from '../../src/app/health.ts';
import { probesOf } from '../../src/composition/probes.ts';
import { compose, type PlatformPorts } from '../../src/composition/services.ts';
import { readSettings } from '../../src/config/settings.ts';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import { openLocalPlatform, type LocalOptions } from '../../src/platform/local/platform.ts';
import type { Role } from '../../src/ports/identity.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Lanes } from '../../src/ports/lanes.ts';
import type { Telemetry } from '../../src/ports/telemetry.ts';
import { workLanes } from './lane-worker.ts';

export interface TestServices {
  readonly services: Services;
  readonly directory: string;
  /** Lines that the service printed about faults. */
  readonly faults: string[];
  readonly lanes: { readonly lane: string; readonly turn: unknown }[];
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** Instead of sealing: for the negative control of the canary test. */
  readonly vault?: NonNullable<LocalOptions['vault']>;
  /** Work the lanes and sweep, as the hub and its timer do, so that runs really run. */
  readonly work?: boolean;
  readonly clock?: Clock;
  /** Instead of the local platform. */
  readonly platform?: PlatformPorts;
  /** What is told goes where the product sends it. */
  readonly exported?: boolean;
  /** Hears what is told, instead of nobody; faults are kept in either case. */
  readonly onEvent?: Telemetry['event'];
}

export async function openServices(options: ServiceOptions = {}): Promise<TestServices> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-edge-'));
  const settings = readSettings({
    COUNTERSIGN_PUBLIC_URL: 'http://localhost:7071',
    COUNTERSIGN_AUDIENCE: 'test',
    COUNTERSIGN_DATA: directory,
    COUNTERSIGN_ISSUERS: '[{"issuer":"https://test.example","jwks":{"keys":[{"kty":"RSA"}]}}]',
    COUNTERSIGN_LOG: 'error',
    COUNTERSIGN_ALLOW_PRIVATE: '*',
  });
  const { vault } = options;
  const platform: PlatformPorts =
    options.platform ??
    (await openLocalPlatform({
      directory,
      durability: 'NORMAL',
      ...(vault ? { vault } : {}),
      ...(options.clock ? { clock: options.clock } : {}),
    }));
  const composed = await compose(settings, 'test', platform);
  const faults: string[] = [];
  const started: { lane: string; turn: unknown }[] = [];
  const noted: Lanes = {
    start: async (lane, turn) => void started.push({ lane, turn }),
    ring: async () => undefined,
    status: async () => 'ALIVE',
    terminate: async () => undefined,
    lag: async () => 0,
  };
  const worker = options.work ? workLanes(() => services.deps) : null;
  const services: Services = {
    ...composed,
    // There is no hub behind these lanes, so nothing asks whether it answers.
    readiness: readinessOf(probesOf(platform, { probe: async () => undefined }), { clock: platform.clock }),
    deps: {
      ...composed.deps,
      lanes: worker?.lanes ?? noted,
      telemetry: {
        event: options.exported ? composed.deps.telemetry.event : (options.onEvent ?? (() => undefined)),
        fault(code, error, attributes) {
          if (options.exported) return composed.deps.telemetry.fault(code, error, attributes);
          faults.push(`${code}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          return `error-${faults.length}`;
        },
        within: composed.deps.telemetry.within,
      },
    },
    identity: {
      async verify(authorization) {
        const match = /^Bearer ([^;]+);([^;]+);([^;]*);([^;]*)$/.exec(authorization ?? '');
        if (!match) return { refused: 'missing' };
        const [, id = '', tenant = '', roles = '', groups = ''] = match;
        return {
          id: principalId(id),
          tenant: tenantId(tenant),
          kind: 'user',
          name: id,
          roles: roles.split(',').filter((role) => role !== '') as Role[],
          groups: groups.split(',').filter((group) => group !== ''),
          groupsOverage: false,
          mfa: false,
        };
      },
    },
  };
  return {
    services,
    directory,
    faults,
    lanes: started,
    async close() {
      await worker?.stop();
      await composed.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface TestCall {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function callEdge(
  services: Services,
  handling: Handling,
  call: TestCall,
): Promise<{ status: number; text: string; headers: Record<string, string> }> {
  const path = handling.route.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(call.path?.[name] ?? 'x'),
  );
  const request = new functions.HttpRequest({
    method: handling.route.method,
    url: `http://localhost:7071/${path}?${new URLSearchParams(call.query ?? {})}`,
    params: { ...call.path },
    headers: { ...call.headers },
    ...(call.body === undefined || handling.route.method === 'GET'
      ? {}
      : { body: typeof call.body === 'string' ? { string: call.body } : { bytes: call.body } }),
  });
  const answer: HttpResponseInit = await serve(handling, request, services);
  const text =
    typeof answer.body === 'string'
      ? answer.body
      : answer.body
        ? Buffer.from(answer.body as Uint8Array).toString('latin1')
        : '';
  const status = answer.status ?? 200;
  asDeclared(handling, status, text);
  return { status, text, headers: answer.headers as Record<string, string> };
}

/** What the OpenAPI document promises of an answer holds, and nothing is answered that it does not name. */
function asDeclared({ route }: Handling, status: number, text: string): void {
  if (status >= 400) return;
  const declared = (route.answers as Record<number, { readonly schema?: z.ZodType }>)[status];
  assert.ok(declared, `${route.id} answers ${status}, which it does not declare`);
  if (declared.schema === undefined) return;
  const given: unknown = JSON.parse(text);
  assert.deepEqual(declared.schema.parse(given), given, `${route.id} ${status} is not what it declares`);
}

export const as = (id: string, tenant: string, roles: readonly string[], groups: readonly string[] = []) => ({
  authorization: `Bearer ${id};${tenant};${roles.join(',')};${groups.join(',')}`,
});

/** The same by method and address, as a client says it; 404 where no route answers. */
export async function callPath(
  services: Services,
  method: string,
  address: string,
  call: Pick<TestCall, 'headers' | 'body'> = {},
): Promise<{ status: number; text: string; headers: Record<string, string>; body: any }> {
  const url = new URL(address, 'http://localhost:7071');
  for (const handling of HANDLERS) {
    const names = [...handling.route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    const pattern = new RegExp(`^/${handling.route.path.replace(/\{\w+\}/g, '([^/]+)')}$`);
    const found = handling.route.method === method ? pattern.exec(url.pathname) : null;
    if (!found) continue;
    const path = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]));
    const answer = await callEdge(services, handling, { ...call, path, query: Object.fromEntries(url.searchParams) });
    return { ...answer, body: /^[{[]/.test(answer.text) ? JSON.parse(answer.text) : answer.text };
  }
  return { status: 404, text: '', headers: {}, body: '' };
}
