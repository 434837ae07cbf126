/**
 * Which part of the content a person is shown: pointers per role, of which an author may take away and never add.
 * A pointer begins with `/records`, `/arguments`, `/totals`, `/facts` or `/subject`; what follows applies to every
 * record (`/records/amount`). The entry `approver` is for everyone who may decide.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { pointerParts } from './pointer.ts';
import type { Requirement } from './policy.ts';

export type Disclosure = Readonly<Record<string, readonly string[]>>;

const covers = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

/** Pointers that both lists allow: the narrower of each pair that overlaps. */
export function intersectPointers(left: readonly string[], right: readonly string[]): readonly string[] {
  const both = left.flatMap((a) => right.flatMap((b) => (covers(a, b) ? [b] : covers(b, a) ? [a] : [])));
  return [...new Set(both)];
}

/** What all requirements together disclose, each first narrowed by the author's own list for the roles that it names. */
export function mergeDisclosure(requirements: readonly Requirement[], narrowed: Disclosure | null): Disclosure {
  const each = requirements.map(({ disclose }) =>
    Object.fromEntries(
      Object.entries(disclose).map(([role, pointers]) => {
        const limit = narrowed?.[role];
        return [role, limit === undefined ? pointers : intersectPointers(pointers, limit)] as const;
      }),
    ),
  );
  const roles = new Set(each.flatMap((disclose) => Object.keys(disclose)));
  const merged: Record<string, readonly string[]> = {};
  for (const role of roles) {
    const lists = each.map((disclose) => [...new Set([...(disclose[role] ?? []), ...(disclose['approver'] ?? [])])]);
    merged[role] = lists.slice(1).reduce<readonly string[]>(intersectPointers, lists[0] ?? []);
  }
  return merged;
}

/** Pointers for one person: those of every role and group of theirs, and of `approver`. */
export function pointersFor(
  disclosure: Disclosure,
  person: { readonly roles: readonly string[]; readonly groups: readonly string[] },
): readonly string[] {
  const keys = new Set(['approver', ...person.roles, ...person.groups]);
  return [...new Set(Object.entries(disclosure).flatMap(([key, pointers]) => (keys.has(key) ? pointers : [])))];
}

/** The part of `value` below `root` that the pointers show; undefined when none of it is. */
export function disclosed(value: Json, root: string, pointers: readonly string[]): Json | undefined {
  if (pointers.some((pointer) => covers(pointer, root))) return value;
  const paths = pointers
    .filter((pointer) => covers(root, pointer))
    .map((pointer) => pointerParts(pointer.slice(root.length)).filter((part) => part !== '*'));
  return paths.length === 0 ? undefined : pick(value, paths);
}

function pick(value: Json, paths: readonly (readonly string[])[]): Json | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((entry: Json) => pick(entry, paths) ?? null);
  if (!isJsonObject(value)) return undefined;
  const shown: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
    if (below.length === 0) continue;
    const part = pick((value as JsonObject)[key] as Json, below);
    if (part !== undefined) shown[key] = part;
  }
  return shown;
}
