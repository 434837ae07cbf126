/**
 * A bounded memory with an age limit that no use prolongs: what is too old is gone also when nobody asks any more, so that a look
 * into an idle process finds no keys. Oldest entries leave first.
 */
export class Memory<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #size: number;
  readonly #ageMs: number;
  readonly #nowMs: () => number;
  #sweeping: NodeJS.Timeout | null = null;

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
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#nowMs() + this.#ageMs });
    this.#leave();
  }

  #leave(): void {
    const now = this.#nowMs();
    // All entries live equally long, so the first ones expire first.
    for (const [oldest, entry] of this.#entries) {
      if (entry.until > now && this.#entries.size <= this.#size) break;
      this.#entries.delete(oldest);
    }
    const [next] = this.#entries.values();
    if (next === undefined || this.#sweeping !== null) return;
    this.#sweeping = setTimeout(
      () => {
        this.#sweeping = null;
        this.#leave();
      },
      Math.max(1_000, next.until - now),
    ).unref();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
