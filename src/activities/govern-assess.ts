/**
 * Judges the writes of some steps: binds their complete requests, gathers the facts and asks the policies of the
 * connectors, always, and those of the author. Writes nothing.
 */
import type { Content, BoundRequest } from '../domain/governance/content.ts';
import { countOf, totalsOf } from '../domain/governance/content.ts';
import { judge, type Circumstances, type Judgement, type NamedPolicy } from '../domain/governance/evaluate.ts';
import { APPROVAL_REQUIRED, approvalRequired, readPolicy, DEFAULT_VALID_FOR_MS } from '../domain/governance/policy.ts';
import { hex, SALT_BYTES } from '../domain/sealing/digest.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { principalId, type TenantId } from '../domain/ids.ts';
import { validateJson } from '../domain/schema/validate.ts';
import type { GovernAction, PlanStep } from '../domain/workflow/plan.ts';
import { bind, type Bound, type WriteStep } from './govern-bind.ts';
import { mapOf, valueOf } from './internal-step.ts';
import type { Deps } from '../ports/deps.ts';
import type { Step } from './step.ts';

export type GovernStep = PlanStep & { readonly action: GovernAction };

export interface Assessment {
  readonly judgement: Judgement;
  readonly content: Content;
  readonly bound: readonly Bound[];
}

/**
 * `govern` null: only the connector's policies speak (a write without a GOVERN). `values`: what people have answered already,
 * where a write is asked about again after its GOVERN has ended.
 */
export async function assess(
  step: Step,
  govern: GovernStep | null,
  targets: readonly WriteStep[],
  values: JsonObject | null = null,
): Promise<Assessment> {
  const bound: Bound[] = [];
  for (const target of targets) bound.push(await bind(step, target));
  const requests = bound.map(({ request }) => request);
  const scope = govern === null ? null : await step.valuesOf(govern);
  const { expressions } = step.deps;
  const own = govern === null || scope === null ? {} : await mapOf(expressions, govern.action.facts, scope);
  const totals = totalsOf(requests, govern?.action.totals ?? {});
  const facts: JsonObject = { ...own, count: countOf(requests), totals: totals.ok ? totals.totals : {} };
  const subject =
    scope === null || govern?.action.subject == null
      ? null
      : valueOf(await expressions.value(govern.action.subject, scope));
  const judgement = totals.ok
    ? await judgeAll(step, govern, bound, facts)
    : deniedFor('POLICY_FACTS', `The total ${totals.total} cannot be computed from every record.`);
  return { judgement, bound, content: contentOf(step, requests, judgement, { facts, subject, values }) };
}

const deniedFor = (reason: string, text: string): Judgement => ({
  verdict: 'deny',
  reasons: [reason],
  texts: { [reason]: text },
  policies: [],
  requirements: [],
});

async function judgeAll(
  step: Step,
  govern: GovernStep | null,
  bound: readonly Bound[],
  facts: JsonObject,
): Promise<Judgement> {
  const { deps, head, scope } = step;
  const starter = await deps.directory.find(scope.tenant, head.startedBy.id);
  const common: Omit<Circumstances, 'connector' | 'resource' | 'mode'> = {
    facts,
    workflow: { id: head.workflow, version: head.version },
    starter: { ...head.startedBy, roles: starter?.roles ?? [], groups: starter?.groups ?? [] },
  };
  const authored = govern?.action.policies ?? [];
  const targets = await Promise.all(
    bound.map(async ({ request, resolved }) => ({
      policies: await policiesNamed(deps, scope.tenant, [...resolved.policiesOf(request.target), ...authored]),
      circumstances: { ...common, ...whereOf(request) },
    })),
  );
  if (bound.length === 0) {
    const nowhere = { connector: null, resource: null, mode: null };
    targets.push({
      policies: await policiesNamed(deps, scope.tenant, authored),
      circumstances: { ...common, ...nowhere },
    });
  }
  return judge(
    {
      condition: (text, values) => deps.expressions.condition(text, values, true),
      fits: (schema, value: Json) => validateJson(schema, value).length === 0,
    },
    targets,
  );
}

function whereOf(request: BoundRequest): Pick<Circumstances, 'connector' | 'resource' | 'mode'> {
  return {
    connector: { id: request.connector, version: request.connectorVersion },
    resource: 'resource' in request.target ? request.target.resource : request.target.command,
    mode: 'resource' in request.target ? request.target.mode : null,
  };
}

/** Active versions, each name once. The built-in stands where no document has its name. */
export async function policiesNamed(
  deps: Pick<Deps, 'definitions'>,
  tenant: TenantId,
  names: readonly string[],
): Promise<readonly NamedPolicy[]> {
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const standing = await deps.definitions.active(tenant, 'Policy', name);
      if (standing !== null) return { name, policy: readPolicy(name, standing.version, standing.document) };
      return { name, policy: name === APPROVAL_REQUIRED ? approvalRequired : null };
    }),
  );
}

function contentOf(
  step: Step,
  requests: readonly BoundRequest[],
  judgement: Judgement,
  rest: Pick<Content, 'facts' | 'subject' | 'values'>,
): Content {
  const { plan, scope, deps } = step;
  const totals = rest.facts['totals'];
  return {
    v: 1,
    salt: hex(deps.ids.bytes(SALT_BYTES)),
    workflow: { id: plan.workflow, version: plan.version, digest: plan.digest },
    run: scope.run,
    policies: judgement.policies,
    validForMs: Math.min(
      ...judgement.requirements.map((requirement) => requirement.validForMs),
      judgement.requirements.length === 0 ? DEFAULT_VALID_FOR_MS : Infinity,
    ),
    requests,
    totals: typeof totals === 'object' && totals !== null ? (totals as JsonObject) : {},
    requirements: judgement.requirements,
    texts: judgement.texts,
    ...rest,
  };
}

/** Everyone involved, who therefore may not decide: the starter, and who published what judges or is judged. */
export async function involved(step: Step, { content }: Assessment): Promise<readonly string[]> {
  const { deps, head, scope } = step;
  const published = await Promise.all([
    deps.definitions.version(scope.tenant, 'Workflow', head.workflow, head.version),
    ...content.requests.map((request) =>
      deps.definitions.version(scope.tenant, 'Connector', request.connector, request.connectorVersion),
    ),
    ...content.policies.map((ref) => {
      const [name = '', version = '0'] = ref.split('@');
      return deps.definitions.version(scope.tenant, 'Policy', name, Number(version));
    }),
  ]);
  const publishers = published.flatMap((version) => (version === null ? [] : [version.publishedBy]));
  return [...new Set([head.startedBy.id, ...publishers, ...(await operatorsOf(step))])].map(principalId);
}

/** Operators who started the run, or a step of it, again, and who took the approvals of others back. */
async function operatorsOf(step: Step): Promise<readonly string[]> {
  const found: string[] = [];
  for (let from = 1; from <= step.head.audit.seq;) {
    const page = await step.deps.runs.readAudit(step.scope, from, 200);
    if (page.length === 0) break;
    found.push(...page.filter((record) => INVOLVING.has(String(record.event['type']))).map((record) => record.by));
    from = (page.at(-1)?.seq ?? from) + 1;
  }
  return found;
}
const INVOLVING = new Set(['RETRY_STEP', 'RETRY_RUN', 'APPROVAL_VOIDED']);
