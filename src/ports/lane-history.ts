/** What the hub keeps of lanes that have ended. The records decide, so it is worth nothing but a look back. */
export interface LaneHistory {
  /** Removes what is kept of ended lanes created in this span; returns how many. Lanes that live are left alone. */
  purge(from: Date, to: Date): Promise<number>;
}
