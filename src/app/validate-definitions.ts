/**
 * Documents as text → what would be published, or all problems at once: against each other and against what is stored.
 * Writes nothing. `apply-definitions` does the same and then publishes.
 */
import type { Expressions } from '../ports/expressions.ts';
import type { DefinitionKind, DefinitionStore } from '../ports/definition-store.ts';
import type { TenantId } from '../domain/ids.ts';
import { canonicalJson } from '../domain/json.ts';
import type { JsonObject } from '../domain/json.ts';
import { boundProblems } from '../domain/workflow/bounds.ts';
import { catalogueOf } from '../domain/workflow/catalogue.ts';
import type { Catalogue, CatalogueSource } from '../domain/workflow/catalogue.ts';
import { parseText } from '../domain/workflow/parse.ts';
import type { ParsedDocument } from '../domain/workflow/parse.ts';
import { problem } from '../domain/workflow/problems.ts';
import type { Problem } from '../domain/workflow/problems.ts';
import { identify, validateDocument } from '../domain/workflow/validate-document.ts';
import type { Identified } from '../domain/workflow/validate-document.ts';
import { policyTestProblems } from './policy-tests.ts';
import { sha256hex } from './sha256.ts';
import { allActive } from './stored-definitions.ts';

export interface ValidationDeps {
  readonly definitions: DefinitionStore;
  readonly expressions: Expressions;
  /** The adapter's own check of a connector's `settings`, `resources` and `commands`. */
  readonly checkConnector: (document: JsonObject) => readonly { readonly pointer: string; readonly message: string }[];
}

/** A document that may be published. */
export interface Candidate extends Identified {
  readonly document: JsonObject;
  readonly digest: string;
}

export interface DefinitionsValidation {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** Empty when there are problems. */
  readonly candidates: readonly Candidate[];
}

interface Parsed extends ParsedDocument {
  readonly text: number | null;
}

interface Given extends Identified {
  readonly parsed: Parsed;
}

const STORED_KINDS: readonly DefinitionKind[] = ['Connector', 'Policy', 'BusinessObject', 'Workflow'];

export async function validateDefinitions(
  deps: ValidationDeps,
  tenant: TenantId,
  texts: readonly string[],
): Promise<DefinitionsValidation> {
  const problems: Problem[] = [];
  const parsed: Parsed[] = [];
  texts.forEach((content, i) => {
    const read = parseText(content);
    const text = i + 1;
    parsed.push(...read.documents.map((one) => ({ ...one, text })));
    problems.push(...read.problems.map((p) => ({ ...p, text })));
  });
  if (parsed.length + problems.length === 0) problems.push(problem('EMPTY', '', 'There is no document in this.'));
  return validateParsed(deps, tenant, parsed, problems);
}

/** The same for one document that came as JSON. */
export async function validateDocumentAlone(
  deps: ValidationDeps,
  tenant: TenantId,
  document: JsonObject,
): Promise<DefinitionsValidation> {
  const unbounded = boundProblems(document);
  if (unbounded.length > 0) return { problems: unbounded, warnings: [], candidates: [] };
  return validateParsed(deps, tenant, [{ document, at: () => null, text: null }]);
}

async function validateParsed(
  deps: ValidationDeps,
  tenant: TenantId,
  parsed: readonly Parsed[],
  earlier: readonly Problem[] = [],
): Promise<DefinitionsValidation> {
  const problems = [...earlier];
  const given = identifyAll(parsed, problems);
  const stored = await allActive(deps.definitions, tenant, STORED_KINDS);
  const sources: CatalogueSource[] = given.map(({ kind, id, parsed: p }) => ({ kind, id, document: p.document }));
  const catalogue = catalogueOf([...stored, ...sources]);
  const warnings: string[] = [];
  for (const one of given) {
    const { document } = one.parsed;
    const found = validateDocument(one.kind, document, catalogue);
    const own = [...found.problems];
    if (own.length === 0 && one.kind === 'Connector') {
      own.push(...deps.checkConnector(document).map((p) => problem('INVALID_VALUE', p.pointer, p.message)));
    }
    if (own.length === 0 && one.kind === 'Policy') own.push(...(await policyTestProblems(deps.expressions, document)));
    problems.push(...own.map((p) => placed(p, one)));
    warnings.push(...found.warnings.map((w) => `${one.kind} ${one.id}: ${w}`));
  }
  warnings.push(...newlyBroken(stored, given, catalogue));
  const candidates = given.map(({ kind, id, parsed: p }) => ({
    kind,
    id,
    document: p.document,
    digest: sha256hex(canonicalJson(p.document)),
  }));
  return { problems, warnings, candidates: problems.length > 0 ? [] : candidates };
}

function identifyAll(parsed: readonly Parsed[], problems: Problem[]): readonly Given[] {
  const given: Given[] = [];
  parsed.forEach((one, i) => {
    const { identified, problems: found } = identify(one.document);
    const name = `document ${i + 1}`;
    problems.push(...found.map((p) => ({ ...p, ...one.at(p.pointer), document: name, text: one.text })));
    if (identified === null) return;
    if (given.some((g) => g.kind === identified.kind && g.id === identified.id)) {
      const twice = problem('DUPLICATE_ID', '/id', `${identified.kind} \`${identified.id}\` is given twice.`);
      problems.push({ ...twice, ...one.at('/id'), document: name, text: one.text });
      return;
    }
    given.push({ ...identified, parsed: one });
  });
  return given;
}

function placed(found: Problem, { kind, id, parsed }: Given): Problem {
  const at = found.line === null ? parsed.at(found.pointer) : null;
  return { ...found, ...at, document: `${kind} ${id}`, text: parsed.text };
}

/** Stored workflows that the new documents break: said, not refused, as a governor must be able to tighten a policy. */
function newlyBroken(
  stored: readonly CatalogueSource[],
  given: readonly Given[],
  catalogue: Catalogue,
): readonly string[] {
  const changed = given.filter((g) => g.kind !== 'Workflow' && g.kind !== 'Directory').map((g) => g.id);
  if (changed.length === 0) return [];
  // A policy reaches workflows through the connectors that name it.
  const mentions = (document: JsonObject, names: readonly string[]): boolean => {
    const text = JSON.stringify(document);
    return names.some((name) => text.includes(`"${name}"`));
  };
  const connectors = stored.filter((s) => s.kind === 'Connector' && mentions(s.document, changed)).map((s) => s.id);
  const reached = [...changed, ...connectors];
  const before = catalogueOf(stored);
  return stored.flatMap(({ kind, id, document }) => {
    if (kind !== 'Workflow' || given.some((g) => g.kind === 'Workflow' && g.id === id)) return [];
    if (!mentions(document, reached)) return [];
    const [first] = validateDocument('Workflow', document, catalogue).problems;
    if (first === undefined || validateDocument('Workflow', document, before).problems.length > 0) return [];
    return [`Workflow ${id}: no longer valid with these documents (${first.code} at ${first.pointer}).`];
  });
}
