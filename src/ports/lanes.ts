/** Durable execution as the engine sees it: start, wake and ask. On Azure and on the local host it is the Durable client. */
import type { LaneId } from '../domain/ids.ts';
import type { Turn } from '../domain/run/head.ts';

export type LaneStatus = 'ALIVE' | 'ENDED' | 'FAILED' | 'UNKNOWN';

export interface Lanes {
  /** Starting one that exists is a success: its first activity finds the fence and stops. */
  start(lane: LaneId, turn: Turn): Promise<void>;
  /** Rings a doorbell. A ring to a lane that has ended is lost without a word. */
  ring(lane: LaneId, bell: string): Promise<void>;
  status(lane: LaneId): Promise<LaneStatus>;
  terminate(lane: LaneId): Promise<void>;
  /** Milliseconds that the hub is behind: how late the first activity of a new probe lane starts; null while that is not yet known. */
  lag(): Promise<number | null>;
}
