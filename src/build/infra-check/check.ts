/**
 * The whole check over texts: no disk, no process. The test gives it mutated texts, the command gives it the files.
 */
import { line, unsuppressed } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import { createProject } from './project.ts';
import { checkConfig } from './rules/config.ts';
import { checkClosed } from './rules/closed.ts';
import { checkComplete } from './rules/complete.ts';
import { checkDecorators } from './rules/decorators.ts';
import { checkDeployment } from './rules/deployment.ts';
import { checkEstate } from './rules/estate.ts';
import { checkGrants } from './rules/grants.ts';
import { checkKept } from './rules/kept.ts';
import { checkLayout } from './rules/layout.ts';
import { checkStyle } from './rules/linter.ts';
import { checkMeaning } from './rules/meaning.ts';
import { checkRoles } from './rules/roles.ts';
import { checkSecurity } from './rules/security.ts';
import { checkSignals } from './rules/signals.ts';
import { checkWhatIf } from './rules/what-if.ts';
import type { Source } from './syntax/ast.ts';
import type { Parse } from './syntax/parse.ts';
import type { Catalog } from './types/published.ts';

export interface Estate {
  /** Text by path from the checked folder; `../docs/operations.md` and `../host.json` too. */
  readonly files: ReadonlyMap<string, string>;
  readonly catalog: Catalog | null;
  readonly requiredSettings: readonly string[];
}

export interface Outcome {
  /** Checks that were made, one for each file and rule group. */
  readonly checks: number;
  readonly failed: number;
  readonly findings: readonly Finding[];
}

export function check(parse: Parse, estate: Estate): Outcome {
  const paths = [...estate.files.keys()].filter((path) => /\.bicep(param)?$/.test(path));
  const sources = paths.map((path) => parse(path, estate.files.get(path) ?? ''));
  const project = createProject(sources, (path) => estate.files.get(path) ?? null, estate.catalog);
  const results: Finding[][] = [];
  for (const source of sources) {
    results.push(
      source.faults.map((fault) => ({ path: source.path, at: fault.at, code: 'BCP-syntax', message: fault.message })),
    );
    if (source.faults.length > 0) continue;
    results.push(rule(source, (report) => checkMeaning(project, source, report)));
    results.push(rule(source, (report) => checkDecorators(source, report)));
    results.push(rule(source, (report) => checkDeployment(source, report)));
    results.push(rule(source, (report) => checkClosed(source, report)));
    results.push(rule(source, (report) => checkComplete(source, report)));
    results.push(rule(source, (report) => checkGrants(source, report)));
    results.push(rule(source, (report) => checkSecurity(source, report)));
    results.push(rule(source, (report) => checkStyle(source, report)));
    results.push(rule(source, (report) => checkLayout(source, report)));
    results.push(rule(source, (report) => checkRoles(project, source, report)));
    results.push(rule(source, (report) => checkWhatIf(project, source, report)));
  }
  if (sources.every((source) => source.faults.length === 0)) {
    results.push(checkKept(project));
    results.push(checkSignals(project));
    results.push(checkEstate(project, estate.requiredSettings));
  }
  for (const path of ['bicepconfig.json', 'entra/bicepconfig.json'])
    results.push(checkConfig(path, estate.files.get(path) ?? null));
  const findings = results.flat();
  return {
    checks: results.length,
    failed: results.filter((one) => one.length > 0).length,
    findings: findings.toSorted((a, b) => line(a).localeCompare(line(b))),
  };
}

function rule(source: Source, run: (report: Report) => void): Finding[] {
  const found = new Map<string, Finding>();
  run((at, code, message) => {
    const finding: Finding = { path: source.path, at, code, message };
    found.set(`${at.line}:${code}:${message}`, finding);
  });
  return unsuppressed([...found.values()], source.text);
}
