/** What an expression names and what is wrong with it: the common result of the two analyses. */

export interface Reference {
  /** First word: `input`, `steps`, `item`, … */
  readonly root: string;
  /** The literal names after it, as far as they are literal. */
  readonly path: readonly string[];
}

export interface ExpressionProblem {
  readonly code: 'EXPRESSION_SYNTAX' | 'EXPRESSION_FORBIDDEN' | 'DYNAMIC_REFERENCE' | 'NOT_BOOLEAN';
  readonly message: string;
  readonly suggestion: string | null;
}

export interface Usage {
  readonly references: readonly Reference[];
  readonly problems: readonly ExpressionProblem[];
}

const STEP_PARTS = new Set(['output', 'state', 'reason', 'attempt', 'error']);

/** Collects while an analysis walks; refuses every reference to the scope that is not a literal path. */
export class UsageCollector {
  readonly references: Reference[] = [];
  readonly problems: ExpressionProblem[] = [];

  reference(root: string, path: readonly string[]): void {
    const [first, second] = path;
    if (root === 'steps') {
      if (first === undefined)
        return this.dynamic('`steps` is used as a whole', 'Name the step: `steps.<name>.output`.');
      if (second === undefined || !STEP_PARTS.has(second)) {
        return this.dynamic(
          `\`steps.${first}\` is used without saying which part`,
          `Write \`steps.${first}.output\`, \`.state\`, \`.reason\`, \`.attempt\` or \`.error.code\`.`,
        );
      }
    }
    if ((root === 'vars' || root === 'with') && first === undefined) {
      return this.dynamic(`\`${root}\` is used as a whole`, `Name the value: \`${root}.<name>\`.`);
    }
    this.references.push({ root, path });
  }

  dynamic(what: string, suggestion: string | null): void {
    this.problems.push({
      code: 'DYNAMIC_REFERENCE',
      message: `References are literal paths: ${what}.`,
      suggestion,
    });
  }

  add(code: ExpressionProblem['code'], message: string, suggestion: string | null = null): void {
    this.problems.push({ code, message, suggestion });
  }

  usage(): Usage {
    return { references: this.references, problems: this.problems };
  }
}

export const MAX_EXPRESSION_LENGTH = 8_000;

/** `steps.review-note` is read as a subtraction by both languages: names the right form. Ids as their authors wrote them. */
export function hyphenatedStep(source: string, ids: Iterable<string>): string | null {
  const known = new Set(ids);
  for (const match of source.matchAll(/steps\s*(?:\.\s*`?|\[\s*["'])([A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+)/g)) {
    const words = (match[1] as string).split('-');
    for (let n = words.length; n > 1; n -= 1) {
      const id = words.slice(0, n).join('-');
      if (known.has(id)) return id;
    }
  }
  return null;
}
