/**
 * What one connector version keeps in memory between steps: its sockets and, for client credentials, its token. Built on
 * first use; holds no secret and no answer.
 */
import type { Agent } from 'undici';
import { StepFault } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { ConnectorHttp, ConnectorView } from './adapter.ts';
import { credentialSource, rememberedFor, type CredentialSource } from './http/auth.ts';
import { connectorHttp } from './http/client.ts';
import type { Resolver } from './http/resolver.ts';
import type { Gate } from './http/gate.ts';
import { readHttpSettings } from './http/settings.ts';
import { bareHost, ownUrl } from './http/target.ts';
import { requestToken } from './http/token.ts';

export interface RuntimeDeps {
  readonly allowPrivate: boolean;
  readonly resolver: Resolver;
  readonly gate: Gate;
  readonly secret: (name: string, host: string, anew: boolean) => Promise<string>;
  readonly nowMs: () => number;
  readonly traceparent: () => string | null;
}

export interface ConnectorRuntime {
  /** For one activity: a secret that it reads is dropped with it. */
  http(signal: AbortSignal): ConnectorHttp;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

export function connectorRuntime(connector: ConnectorView, deps: RuntimeDeps): ConnectorRuntime {
  const settings = readHttpSettings(connector.settings);
  if (settings === null) return { http: () => NO_ADDRESS, close: async () => undefined };
  const border = {
    baseUrl: settings.baseUrl,
    allowedHosts: settings.allowedHosts,
    allowPrivate: deps.allowPrivate,
  };
  let agent: Promise<Agent> | null = null;
  const open = async (): Promise<Agent> => {
    const { checkedAgent } = await import('./http/connect.ts');
    return checkedAgent({
      allowPrivate: deps.allowPrivate,
      resolver: deps.resolver,
      connections: settings.maxInFlight,
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.timeout),
    });
  };
  const sockets = (): Promise<Agent> => (agent ??= open());
  const tokenUrl = (): URL => ownUrl(settings.auth.kind === 'clientCredentials' ? settings.auth.tokenUrl : '', border);
  const credentials = credentialSource(settings.auth, {
    secret: deps.secret,
    token: async (form, signal): Promise<Json> =>
      requestToken(await sockets(), tokenUrl(), form, { timeoutMs: settings.timeout, signal }),
    tokenHost: () => bareHost(tokenUrl()),
    nowMs: deps.nowMs,
  });
  /** An activity is known by its signal: a batch of a thousand writes opens a thousand contexts with the same one. */
  const readings = new WeakMap<AbortSignal, CredentialSource>();
  const during = (signal: AbortSignal): CredentialSource => {
    // A token's lifetime is the source's business.
    if (settings.auth.kind === 'clientCredentials') return credentials;
    const reading = readings.get(signal) ?? rememberedFor(credentials);
    readings.set(signal, reading);
    return reading;
  };
  return {
    http: (signal) =>
      connectorHttp({
        settings,
        border,
        agent: sockets,
        gate: deps.gate,
        credentials: during(signal),
        signal,
        nowMs: deps.nowMs,
        traceparent: deps.traceparent,
      }),
    close: async () => {
      const open = agent;
      agent = null;
      await (await open)?.destroy();
    },
  };
}

const NO_ADDRESS: ConnectorHttp = {
  send: async () => {
    throw new StepFault('ADDRESS_REFUSED', 'the connector has no readable `baseUrl` and `allowedHosts`');
  },
};
