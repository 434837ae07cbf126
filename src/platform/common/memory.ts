/** A bounded memory with an age limit that no use prolongs. Oldest entries leave first; expired ones leave at each write. */
export class Memory<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #size: number;
  readonly #ageMs: number;
  readonly #nowMs: () => number;

  constructor(size: number, ageMs: number, nowMs: () => number) {
    this.#size = size;
    this.#ageMs = ageMs;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#nowMs()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value): void {
    const now = this.#nowMs();
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.#ageMs });
    // All entries live equally long, so the first ones expire first.
    for (const [oldest, entry] of this.#entries) {
      if (entry.until > now && this.#entries.size <= this.#size) break;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
