/** The compiler's configuration: the linter rules that must be errors are, in every bicepconfig.json. */
import type { Finding } from '../finding.ts';

export const raised: readonly string[] = [
  'adminusername-should-not-be-literal',
  'no-hardcoded-env-urls',
  'outputs-should-not-contain-secrets',
  'secure-secrets-in-params',
  'secure-parameter-default',
  'use-secure-value-for-secure-inputs',
  'protect-commandtoexecute-secrets',
  'no-unused-params',
  'no-unused-vars',
  'no-unused-existing-resources',
  'use-recent-api-versions',
  'use-resource-id-functions',
  'use-stable-resource-identifiers',
  'prefer-unquoted-property-names',
  'what-if-short-circuiting',
];

interface Config {
  readonly analyzers?: {
    readonly core?: { readonly enabled?: boolean; readonly rules?: Record<string, { readonly level?: string }> };
  };
}

export function checkConfig(path: string, content: string | null): Finding[] {
  const at = { line: 1, column: 1 };
  if (content === null) return [{ path, at, code: 'infra-config', message: 'this file must exist' }];
  const core = (JSON.parse(content) as Config).analyzers?.core;
  const missing = raised.filter((rule) => core?.rules?.[rule]?.level !== 'error');
  const found: Finding[] = missing.map((rule) => ({
    path,
    at,
    code: 'infra-config',
    message: `the linter rule ${rule} must be an error`,
  }));
  if (core?.enabled !== true) found.push({ path, at, code: 'infra-config', message: 'the linter must be enabled' });
  return found;
}
