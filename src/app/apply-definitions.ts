/**
 * Publishes documents of all kinds together: validated as one set, written all or nothing. Who may write what is the
 * caller's answer; that a connector's policies are a governor's affair is told here, because only here the change is seen.
 */
import type { PrincipalId, TenantId } from '../domain/ids.ts';
import { canonicalJson, isJsonObject } from '../domain/json.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { problem } from '../domain/workflow/problems.ts';
import type { Problem } from '../domain/workflow/problems.ts';
import type { Clock } from '../ports/clock.ts';
import type { DefinitionKind } from '../ports/definition-store.ts';
import type { SecretBroker } from '../ports/secret-broker.ts';
import type { TenantLog } from '../ports/tenant-log.ts';
import { validateDefinitions, validateDocumentAlone } from './validate-definitions.ts';
import type { Candidate, DefinitionsValidation, ValidationDeps } from './validate-definitions.ts';

export interface ApplyDeps extends ValidationDeps {
  readonly clock: Clock;
  readonly tenantLog: TenantLog;
  readonly secrets: Pick<SecretBroker, 'bind'>;
}

/** `ConnectorGovernance`: to change which policies hold for a connector's writes. */
export type MayWrite = (what: DefinitionKind | 'ConnectorGovernance') => boolean;

export type Applied =
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | {
      readonly ok: true;
      readonly results: readonly {
        readonly kind: DefinitionKind;
        readonly id: string;
        readonly version: number;
        readonly outcome: 'created' | 'updated' | 'unchanged';
      }[];
      readonly warnings: readonly string[];
    };

/** Documents that may be published, or why not. */
export type Checked =
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | { readonly ok: true; readonly candidates: readonly Candidate[]; readonly warnings: readonly string[] };

/** All problems of all texts together, or all of them published; a text that says what stands already is `unchanged`. */
export async function applyDefinitions(
  deps: ApplyDeps,
  tenant: TenantId,
  by: PrincipalId,
  texts: readonly string[],
  mayWrite: MayWrite,
): Promise<Applied> {
  const checked = await checkTexts(deps, tenant, texts, mayWrite);
  return checked.ok ? publish(deps, tenant, by, checked) : checked;
}

/** The same for one document that came as JSON. With `replaces`, throws `VersionChanged` unless that is the active digest. */
export async function applyDocument(
  deps: ApplyDeps,
  tenant: TenantId,
  by: PrincipalId,
  document: JsonObject,
  mayWrite: MayWrite,
  replaces?: string,
): Promise<Applied> {
  const checked = await check(deps, tenant, await validateDocumentAlone(deps, tenant, document), mayWrite);
  return checked.ok ? publish(deps, tenant, by, checked, replaces) : checked;
}

/** Writes nothing. */
export async function checkTexts(
  deps: ApplyDeps,
  tenant: TenantId,
  texts: readonly string[],
  mayWrite: MayWrite,
): Promise<Checked> {
  return check(deps, tenant, await validateDefinitions(deps, tenant, texts), mayWrite);
}

async function check(
  deps: ApplyDeps,
  tenant: TenantId,
  validation: DefinitionsValidation,
  mayWrite: MayWrite,
): Promise<Checked> {
  const { candidates, warnings } = validation;
  const changed = await changedOf(deps, tenant, candidates);
  const problems = [...validation.problems, ...(await refusals(deps, tenant, changed, mayWrite)), ...tooMany(changed)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, candidates, warnings };
}

export async function publish(
  deps: ApplyDeps,
  tenant: TenantId,
  by: PrincipalId,
  { candidates, warnings }: Checked & { readonly ok: true },
  replaces?: string,
): Promise<Applied & { readonly ok: true }> {
  const changed = await changedOf(deps, tenant, candidates);
  const log = (type: string, facts: Readonly<Record<string, string | number>>): Promise<unknown> =>
    deps.tenantLog.append(tenant, { at: deps.clock.now(), by, type, facts });
  // Log and store are two places: the intent is recorded first, so that no change can be without a trace.
  for (const { kind, id, digest } of changed) await log('definition.publishing', { kind, id, digest });
  const given = replaces === undefined ? candidates : candidates.map((one) => ({ ...one, replaces }));
  const results = await deps.definitions.publish(tenant, given, by, deps.clock.now());
  const digests = new Map(candidates.map((c) => [`${c.kind} ${c.id}`, c.digest]));
  for (const { kind, id, version, outcome } of results) {
    if (outcome === 'unchanged') continue;
    await log('definition.published', { kind, id, version, outcome, digest: digests.get(`${kind} ${id}`) ?? '' });
  }
  for (const one of candidates) if (one.kind === 'Connector') await bindSecret(deps, tenant, one.document);
  return { ok: true, results, warnings };
}

/** The first connector that names a secret fixes the hosts which may ever receive it. */
async function bindSecret({ secrets }: ApplyDeps, tenant: TenantId, document: JsonObject): Promise<void> {
  const settings = isJsonObject(document['settings']) ? document['settings'] : {};
  const auth = isJsonObject(settings['auth']) ? settings['auth'] : {};
  const hosts = Array.isArray(settings['allowedHosts']) ? settings['allowedHosts'] : [];
  if (typeof auth['secret'] !== 'string') return;
  await secrets.bind(
    tenant,
    auth['secret'],
    hosts.filter((host) => typeof host === 'string'),
  );
}

/** What one commit of every platform takes. */
const MOST_CHANGED = 50;
const MOST_BYTES = 1_000_000;

function tooMany(changed: readonly Candidate[]): readonly Problem[] {
  const bytes = changed.reduce((sum, { document }) => sum + Buffer.byteLength(JSON.stringify(document)), 0);
  if (changed.length <= MOST_CHANGED && bytes <= MOST_BYTES) return [];
  const what = `${changed.length} documents with ${bytes} bytes change`;
  const most = `at most ${MOST_CHANGED} with ${MOST_BYTES} bytes can at once, all or nothing`;
  return [problem('TOO_LARGE', '', `${what}; ${most}.`, 'Apply them in several parts, connectors and policies first.')];
}

async function changedOf(
  { definitions }: ApplyDeps,
  tenant: TenantId,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const changed: Candidate[] = [];
  for (const one of candidates) {
    const active = await definitions.active(tenant, one.kind, one.id);
    if (active?.digest !== one.digest) changed.push(one);
  }
  return changed;
}

async function refusals(
  deps: ApplyDeps,
  tenant: TenantId,
  changed: readonly Candidate[],
  mayWrite: MayWrite,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const one of changed) {
    const document = `${one.kind} ${one.id}`;
    if (!mayWrite(one.kind)) {
      problems.push({
        ...problem('NOT_ALLOWED', '', `You may not publish documents of the kind ${one.kind}.`),
        document,
      });
    }
    if (one.kind !== 'Connector' || mayWrite('ConnectorGovernance')) continue;
    const active = await deps.definitions.active(tenant, 'Connector', one.id);
    const before = governanceOf(active?.document ?? {});
    const after = governanceOf(one.document);
    for (const pointer of new Set([...before.keys(), ...after.keys()])) {
      // A new target without a list means `approval-required`. One that leaves with its list could come back without it.
      if ((before.get(pointer) ?? 'null') === (after.get(pointer) ?? 'null')) continue;
      problems.push({
        ...problem(
          'NOT_ALLOWED',
          pointer,
          'Only a governor changes which policies hold for a write.',
          'Leave `policies` as it is.',
        ),
        document,
      });
    }
  }
  return problems;
}

/** Pointer of each target's `policies` → its canonical text (`null`: none declared). */
function governanceOf(document: JsonObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const list of ['resources', 'commands'] as const) {
    const targets: Json | undefined = document[list];
    if (!isJsonObject(targets)) continue;
    for (const [name, one] of Object.entries(targets)) {
      const policies = isJsonObject(one) ? (one['policies'] ?? null) : null;
      found.set(`/${list}/${name}/policies`, canonicalJson(policies));
    }
  }
  return found;
}
