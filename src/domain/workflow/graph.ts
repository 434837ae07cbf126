/** Plain graph questions over ids: topological order (Kahn), cycles, ancestors. */

/** `order` holds what can be ordered, ties as declared; `cycle` names one cycle when there is any. */
export function topological(
  ids: readonly string[],
  edges: readonly (readonly [from: string, to: string])[],
): { readonly order: readonly string[]; readonly cycle: readonly string[] } {
  const position = new Map(ids.map((id, i) => [id, i]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  const next = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const [from, to] of edges) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    next.get(from)?.push(to);
  }
  const ready = new Ready(ids.filter((id) => waiting.get(id) === 0).map((id) => position.get(id) ?? 0));
  const order: string[] = [];
  for (let at = ready.take(); at !== null; at = ready.take()) {
    const id = ids[at] as string;
    order.push(id);
    for (const to of next.get(id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.add(position.get(to) ?? 0);
    }
  }
  if (order.length === ids.length) return { order, cycle: [] };
  const done = new Set(order);
  return {
    order,
    cycle: oneCycle(
      ids.filter((id) => !done.has(id)),
      edges,
    ),
  };
}

/** The ready ids by declared position; lists are ≤ 500, so a sorted array is enough. */
class Ready {
  #positions: number[];
  constructor(positions: number[]) {
    this.#positions = positions.sort((a, b) => b - a);
  }
  add(position: number): void {
    let at = this.#positions.length;
    while (at > 0 && (this.#positions[at - 1] as number) < position) at -= 1;
    this.#positions.splice(at, 0, position);
  }
  take(): number | null {
    return this.#positions.pop() ?? null;
  }
}

function oneCycle(ids: readonly string[], edges: readonly (readonly [string, string])[]): readonly string[] {
  const left = new Set(ids);
  // Every node left has a predecessor that is left too, or lies behind a cycle: walking backwards must repeat.
  const before = new Map<string, string>();
  for (const [from, to] of edges) if (left.has(from) && left.has(to)) before.set(to, from);
  const seen: string[] = [];
  let at = ids.find((id) => before.has(id));
  while (at !== undefined && !seen.includes(at)) {
    seen.push(at);
    at = before.get(at);
  }
  if (at === undefined) return ids;
  const loop = seen.slice(seen.indexOf(at)).reverse();
  return [...loop, loop[0] as string];
}

/** All ordinals on which each one depends, directly or not. `dependsOn` must be free of cycles. */
export function ancestors(dependsOn: ReadonlyMap<number, readonly number[]>): ReadonlyMap<number, ReadonlySet<number>> {
  const known = new Map<number, Set<number>>();
  for (const start of dependsOn.keys()) {
    const stack = [start];
    while (stack.length > 0) {
      const at = stack[stack.length - 1] as number;
      if (known.has(at)) {
        stack.pop();
        continue;
      }
      const direct = dependsOn.get(at) ?? [];
      const missing = direct.filter((d) => !known.has(d) && dependsOn.has(d));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      const all = new Set(direct);
      for (const d of direct) for (const a of known.get(d) ?? []) all.add(a);
      known.set(at, all);
      stack.pop();
    }
  }
  return known;
}
