/** How much at once and how fast: one gate per connector, shared by all its versions and steps. Keeps no data of requests. */
import type { Clock } from '../../ports/clock.ts';

export class Gate {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #nextSlot = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a place and for its turn; the caller calls the result when done. Rejects when the signal aborts first. */
  async enter(
    limits: { readonly maxInFlight: number; readonly ratePerSecond?: number | undefined },
    signal: AbortSignal,
  ): Promise<() => void> {
    signal.throwIfAborted();
    while (this.#inFlight >= limits.maxInFlight) await this.#wait(signal);
    this.#inFlight += 1;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#inFlight -= 1;
      this.#waiting.shift()?.();
    };
    try {
      await this.#pace(limits.ratePerSecond, signal);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  async #pace(ratePerSecond: number | undefined, signal: AbortSignal): Promise<void> {
    if (ratePerSecond === undefined) return;
    const now = Date.parse(this.#clock.now());
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + 1_000 / ratePerSecond;
    if (slot > now) await this.#clock.sleep(slot - now, signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        const at = this.#waiting.indexOf(go);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
