/**
 * The syntax of Bicep as the rules see it: expressions, types and declarations with their positions. Apart from the
 * parser so that rules never meet a tree-sitter node. Data only.
 */

/** 1-based, as editors and the compiler count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Expr = { readonly at: Position } & (
  | { readonly node: 'string'; readonly parts: readonly (string | Expr)[] }
  | { readonly node: 'number'; readonly value: number }
  | { readonly node: 'bool'; readonly value: boolean }
  | { readonly node: 'null' }
  | { readonly node: 'name'; readonly name: string }
  /** `safe`: `.?` or `!`, and then `sure` tells the second from the first, which may give null. */
  | {
      readonly node: 'member';
      readonly of: Expr;
      readonly name: string;
      readonly safe: boolean;
      readonly sure: boolean;
    }
  | { readonly node: 'index'; readonly of: Expr; readonly index: Expr; readonly safe: boolean }
  | { readonly node: 'call'; readonly callee: Expr; readonly args: readonly Expr[] }
  | { readonly node: 'unary'; readonly op: string; readonly of: Expr }
  | { readonly node: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly node: 'ternary'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly node: 'lambda'; readonly params: readonly string[]; readonly body: Expr }
  | { readonly node: 'object'; readonly props: readonly Property[] }
  | { readonly node: 'array'; readonly items: readonly Expr[] }
  | {
      readonly node: 'for';
      readonly item: string;
      readonly index: string | null;
      readonly list: Expr;
      readonly body: Expr;
    }
  | { readonly node: 'if'; readonly test: Expr; readonly body: Expr }
  | { readonly node: 'group'; readonly of: Expr }
);

/** `key` is null when it is computed by an interpolation; then `computed` holds it. */
export interface Property {
  readonly key: string | null;
  readonly computed: Expr | null;
  readonly quoted: boolean;
  readonly value: Expr;
  readonly at: Position;
}

export type TypeExpr = { readonly at: Position } & (
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'literal'; readonly value: string | number | boolean | null }
  | { readonly type: 'array'; readonly of: TypeExpr }
  | { readonly type: 'nullable'; readonly of: TypeExpr }
  | { readonly type: 'union'; readonly of: readonly TypeExpr[] }
  | { readonly type: 'object'; readonly members: readonly { readonly name: string; readonly of: TypeExpr }[] }
);

export interface Decorator {
  readonly name: string;
  readonly args: readonly Expr[];
}

export type Declaration = {
  readonly name: string;
  readonly at: Position;
  readonly decorators: readonly Decorator[];
} & (
  | { readonly kind: 'param'; readonly type: TypeExpr; readonly value: Expr | null }
  | { readonly kind: 'var'; readonly value: Expr }
  | { readonly kind: 'output'; readonly type: TypeExpr; readonly value: Expr }
  | { readonly kind: 'type'; readonly type: TypeExpr }
  | { readonly kind: 'resource'; readonly resourceType: string; readonly existing: boolean; readonly value: Expr }
  | { readonly kind: 'module'; readonly path: string; readonly value: Expr }
  | { readonly kind: 'metadata'; readonly value: Expr }
);

export interface Import {
  readonly name: string;
  readonly from: string;
  readonly at: Position;
}

export interface SyntaxFault {
  readonly at: Position;
  readonly message: string;
}

export interface Source {
  /** Path from the folder that is checked, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly parameters: boolean;
  readonly faults: readonly SyntaxFault[];
  readonly targetScope: string;
  readonly using: string | null;
  readonly extensions: readonly string[];
  readonly imports: readonly Import[];
  readonly declarations: readonly Declaration[];
}
