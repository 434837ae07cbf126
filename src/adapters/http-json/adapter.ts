/**
 * The adapter for JSON over HTTP, once for every category that uses it. It reads declarations (parsed once per connector
 * version), picks read or write, and says how a write behaves; the rest stands in the files beside it.
 */
import type { Adapter, AdapterContext, ConnectorView, WriteTraits } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import { checkDocument } from './check.ts';
import {
  commandDeclaration,
  resourceDeclaration,
  settingsDeclaration,
  type Command,
  type ReadResource,
  type WriteResource,
} from './declaration.ts';
import { fetchList, lookupRecord } from './read.ts';
import { holesOf } from '../http/template.ts';
import { askForKey, executeCommand, pushRecords } from './write.ts';

const NO_WRITE: WriteTraits = {
  access: 'read',
  modes: [],
  honoursKey: false,
  askable: false,
  settleMs: 0,
  recordKey: 'optional',
  batchMax: 1,
};

export function httpJsonAdapter(rule: { readonly idempotencyStated: boolean }): Adapter {
  return {
    check: (connector) => checkDocument(connector, rule),

    resource(connector, name) {
      const declared = resourceOf(connector, name);
      if (declared === null) return null;
      if (declared.access === 'read') return NO_WRITE;
      return {
        ...traitsOf(declared),
        modes: declared.modes,
        recordKey: declared.recordKey,
        batchMax: declared.batch?.max ?? 1,
      };
    },

    command(connector, name) {
      const declared = commandOf(connector, name);
      return declared === null ? null : { ...traitsOf(declared), modes: [], recordKey: 'optional', batchMax: 1 };
    },

    fetch: async (context, request) => fetchList(context, readable(context, request.resource), request),
    lookup: async (context, request) => lookupRecord(context, readable(context, request.resource), request.key),

    async push(context, request) {
      const declared = writable(context, request.resource);
      if (!declared.modes.includes(request.mode))
        throw new StepFault('READ_WRITE_MISMATCH', `the resource does not declare the mode ${request.mode}`);
      return pushRecords(context, declared, request);
    },

    execute: async (context, request) => executeCommand(context, commandFor(context, request.command), request),

    reconcile: async (context, { target, idempotencyKey }) =>
      askForKey(
        context,
        'resource' in target ? writable(context, target.resource) : commandFor(context, target.command),
        idempotencyKey,
      ),

    async test(context) {
      const path = testPath(context.connector);
      if (path === null) return { ok: true, detail: 'Nothing was asked: no `settings.test`, no read resource.' };
      const answer = await context.http.send({ method: 'GET', path });
      return { ok: answer.status < 400, detail: `The target answered ${answer.status}.` };
    },
  };
}

function traitsOf(
  declared: WriteResource | Command,
): Pick<WriteTraits, 'access' | 'honoursKey' | 'askable' | 'settleMs'> {
  return {
    access: 'write',
    honoursKey: 'header' in declared.idempotency,
    askable: declared.lookup !== undefined,
    settleMs: declared.lookup?.settle ?? 0,
  };
}

function testPath(connector: ConnectorView): string | null {
  const settings = settingsDeclaration.safeParse(connector.settings);
  if (settings.data?.test !== undefined) return settings.data.test.path;
  for (const name of Object.keys(connector.resources)) {
    const declared = resourceOf(connector, name);
    if (declared?.access === 'read' && holesOf(declared.path).length === 0) return declared.path;
  }
  return null;
}

function readable(context: AdapterContext, name: string): ReadResource {
  const declared = resourceOf(context.connector, name);
  if (declared === null) throw new StepFault('RESOURCE_UNKNOWN', `the connector has no resource ${name}`);
  if (declared.access !== 'read') throw new StepFault('READ_WRITE_MISMATCH', `the resource ${name} is for writing`);
  return declared;
}

function writable(context: AdapterContext, name: string): WriteResource {
  const declared = resourceOf(context.connector, name);
  if (declared === null) throw new StepFault('RESOURCE_UNKNOWN', `the connector has no resource ${name}`);
  if (declared.access !== 'write') throw new StepFault('READ_WRITE_MISMATCH', `the resource ${name} is for reading`);
  return declared;
}

function commandFor(context: AdapterContext, name: string): Command {
  const declared = commandOf(context.connector, name);
  if (declared === null) throw new StepFault('RESOURCE_UNKNOWN', `the connector has no command ${name}`);
  return declared;
}

/** Parsed declarations live as long as the connector version they belong to. */
const parsed = new WeakMap<object, ReadResource | WriteResource | Command | null>();

function resourceOf(connector: ConnectorView, name: string): ReadResource | WriteResource | null {
  return cached(connector.resources, name, (given) => resourceDeclaration.safeParse(given).data ?? null);
}

function commandOf(connector: ConnectorView, name: string): Command | null {
  return cached(connector.commands, name, (given) => commandDeclaration.safeParse(given).data ?? null);
}

function cached<T extends ReadResource | WriteResource | Command>(
  declarations: Readonly<Record<string, object>>,
  name: string,
  parse: (given: object) => T | null,
): T | null {
  const given = Object.hasOwn(declarations, name) ? declarations[name] : undefined;
  if (given === undefined) return null;
  if (!parsed.has(given)) parsed.set(given, parse(given));
  return (parsed.get(given) ?? null) as T | null;
}
