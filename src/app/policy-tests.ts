/** Runs the `tests` of a policy document through the same judge that decides over writes. */
import { judge } from '../domain/governance/evaluate.ts';
import type { Circumstances } from '../domain/governance/evaluate.ts';
import { readPolicy } from '../domain/governance/policy.ts';
import { isJsonObject } from '../domain/json.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { validateJson } from '../domain/schema/validate.ts';
import { problem } from '../domain/workflow/problems.ts';
import type { Problem } from '../domain/workflow/problems.ts';
import type { Expressions } from '../ports/expressions.ts';

/** Give the document after its shape was found right. */
export async function policyTestProblems(expressions: Expressions, document: JsonObject): Promise<readonly Problem[]> {
  const id = String(document['id']);
  const policy = readPolicy(id, 1, document);
  if (policy === null) return [problem('INVALID_VALUE', '/rules', 'The policy cannot be read.')];
  const { tests } = document;
  const problems: Problem[] = [];
  for (const [i, test] of (Array.isArray(tests) ? (tests as readonly Json[]) : []).entries()) {
    if (!isJsonObject(test)) continue;
    const judgement = await judge(
      {
        condition: (text, scope) => expressions.condition(text, scope, true),
        fits: (schema, value) => validateJson(schema, value).length === 0,
      },
      [{ policies: [{ name: id, policy }], circumstances: circumstancesOf(test) }],
    );
    if (judgement.verdict === test['expect']) continue;
    problems.push(
      problem(
        'INVALID_VALUE',
        `/tests/${i}`,
        `The test expects ${String(test['expect'])}; the policy says ${judgement.verdict} (${judgement.reasons.join(', ')}).`,
      ),
    );
  }
  return problems;
}

/** What a test leaves out is filled with the plainest thing there is. */
function circumstancesOf(test: JsonObject): Circumstances {
  const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
  const texts = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  const starter = object(object(test['principals'])['starter']);
  const facts = object(test['facts']);
  return {
    facts: { count: 1, totals: {}, ...facts },
    connector: {
      id: String(object(test['connector'])['id'] ?? 'test'),
      version: Number(object(test['connector'])['version'] ?? 1),
    },
    resource: typeof test['resource'] === 'string' ? test['resource'] : 'test',
    mode: typeof test['mode'] === 'string' ? test['mode'] : 'create',
    workflow: {
      id: String(object(test['workflow'])['id'] ?? 'test'),
      version: Number(object(test['workflow'])['version'] ?? 1),
    },
    starter: {
      id: String(starter['id'] ?? 'test'),
      kind: String(starter['kind'] ?? 'person'),
      roles: texts(starter['roles']),
      groups: texts(starter['groups']),
    },
  };
}
