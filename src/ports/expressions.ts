/** Evaluates LANGUAGE's two expression languages in a worker that can be killed. Never sees a secret, a store or the network. */
import type { Json } from '../domain/json.ts';
import type { Condition, Template } from '../domain/workflow/plan.ts';

/** Names visible to an expression (LANGUAGE §1): `input`, `vars`, `with`, `steps`, `run`, `item`, `index`, … */
export type Scope = Readonly<Record<string, Json>>;

export type Evaluated<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      readonly code:
        'CONDITION_ERROR' | 'EXPRESSION_UNDEFINED' | 'EXPRESSION_ERROR' | 'EXPRESSION_TIMEOUT' | 'EXPRESSION_TOO_LARGE';
      /** May hold data: sealed with the error. */
      readonly detail: string;
    };

export interface Expressions {
  value(template: Template, scope: Scope): Promise<Evaluated<Json>>;
  /** One template for each item, with `item` and `index` added to the scope; one call for all. */
  each(template: Template, items: readonly Json[], scope: Scope): Promise<Evaluated<readonly Json[]>>;
  /** A template that must give a list. */
  list(template: Template, scope: Scope): Promise<Evaluated<readonly Json[]>>;
  /** `policy: true` for rules of policies, which also know `inGroup(principal, group)`. */
  condition(condition: Condition, scope: Scope, policy?: boolean): Promise<Evaluated<boolean>>;
  close(): Promise<void>;
}
