/** One finding and how it is written. Codes are the compiler's (BCP…), its linter's (words) or ours (infra-…). */
import type { Position } from './syntax/ast.ts';

export interface Finding {
  readonly path: string;
  readonly at: Position;
  readonly code: string;
  readonly message: string;
}

export type Report = (at: Position, code: string, message: string) => void;

export function line(finding: Finding): string {
  return `${finding.path}:${finding.at.line} ${finding.code} ${finding.message}`;
}

/** Drops what `#disable-next-line CODE` above the finding allows. */
export function unsuppressed(findings: readonly Finding[], text: string): Finding[] {
  const lines = text.split('\n');
  return findings.filter((finding) => {
    const above = /^\s*#disable-next-line\s+(.+)$/.exec(lines[finding.at.line - 2] ?? '');
    return !above?.[1]?.split(/\s+/).includes(finding.code);
  });
}
