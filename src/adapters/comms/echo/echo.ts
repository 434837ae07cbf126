/**
 * The worked example, and a real adapter: an internal sink that answers with what it was given. It reaches nothing outside,
 * so a write is confirmed when its receipt is sealed into the effect ledger, and a repeated key gives the same receipt.
 * Copy this file to begin an adapter (see `src/adapters/README.md`). It must keep nothing and log nothing.
 */
import type { Adapter, ConnectorView, WriteTraits } from '../../adapter.ts';
import { StepFault } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import type { AdapterModule } from '../../module.ts';
import { problemsOf } from '../../problems.ts';
import { echoCommand, echoResource, echoSettings, recordWith } from './declaration.ts';

/** A repeated key leads to an equal receipt: the answer depends on the request alone. */
const SINK: WriteTraits = {
  access: 'write',
  modes: ['create', 'update', 'upsert', 'delete'],
  honoursKey: true,
  askable: false,
  settleMs: 0,
  recordKey: 'optional',
  batchMax: 100,
};

const adapter: Adapter = {
  check(connector) {
    const settings = echoSettings.safeParse(connector.settings);
    return [
      ...(settings.success ? [] : problemsOf(settings.error, '/settings')),
      ...Object.entries(connector.resources).flatMap(([name, given]) => {
        const parsed = echoResource.safeParse(given);
        return parsed.success ? [] : problemsOf(parsed.error, `/resources/${name}`);
      }),
      ...Object.entries(connector.commands).flatMap(([name, given]) => {
        const parsed = echoCommand.safeParse(given);
        return parsed.success ? [] : problemsOf(parsed.error, `/commands/${name}`);
      }),
    ];
  },

  resource(connector, name) {
    const declared = resourceOf(connector, name);
    if (declared === null) return null;
    return declared.access === 'write' ? SINK : { ...SINK, access: 'read', modes: [] };
  },

  command: (connector, name) => (Object.hasOwn(connector.commands, name) ? { ...SINK, modes: [], batchMax: 1 } : null),

  async fetch(context, { resource, limit }) {
    return readable(context.connector, resource).records.slice(0, limit);
  },

  async lookup(context, { resource, key }) {
    const declared = readable(context.connector, resource);
    return recordWith(declared.records, declared.key, key);
  },

  async push(context, { resource, mode, records }) {
    if (resourceOf(context.connector, resource)?.access !== 'write')
      throw new StepFault('READ_WRITE_MISMATCH', `the connector has no write resource ${resource}`);
    return { outcome: 'confirmed', receipt: { resource, mode, records } };
  },

  async execute(context, { command, arguments: given }) {
    if (!Object.hasOwn(context.connector.commands, command))
      throw new StepFault('RESOURCE_UNKNOWN', `the connector has no command ${command}`);
    return { outcome: 'confirmed', receipt: { command, arguments: given } };
  },

  async reconcile() {
    throw new StepFault('EFFECT_UNKNOWN', 'an echo remembers nothing: send again with the same key');
  },

  test: async () => ({ ok: true, detail: 'The echo adapter needs nothing outside.' }),
};

export const commsEcho: AdapterModule = {
  name: 'comms/echo',
  systemTypes: ['echo'],
  infers: () => false,
  connectionTypes: [],
  adapter,
};

function resourceOf(connector: ConnectorView, name: string): ReturnType<typeof echoResource.parse> | null {
  if (!Object.hasOwn(connector.resources, name)) return null;
  return echoResource.safeParse(connector.resources[name]).data ?? null;
}

function readable(connector: ConnectorView, name: string): { readonly records: readonly Json[]; readonly key: string } {
  const declared = resourceOf(connector, name);
  if (declared === null) throw new StepFault('RESOURCE_UNKNOWN', `the connector has no resource ${name}`);
  if (declared.access !== 'read') throw new StepFault('READ_WRITE_MISMATCH', `the resource ${name} is for writing`);
  return declared;
}
