/**
 * The activities of a lane by the name that a turn gives them, each behind the guard. A turn can name nothing else: a
 * name without an activity would let a lane hang for ever.
 */
import type { LaneTurn, Out, TurnVerb } from '../domain/run/head.ts';
import type { Deps } from '../ports/deps.ts';
import { guarded } from './guard.ts';
import type { Verbs } from './step-work.ts';
import { workTurn, type TurnOptions } from './turn.ts';

export type LaneActivity = (turn: LaneTurn) => Promise<Out>;
export type LaneActivities = { readonly [V in TurnVerb]: LaneActivity };

const STRAIGHT_ON: TurnOptions = { straightOnMs: 200 };

export function laneActivities(deps: Deps, verbs: Verbs, options: TurnOptions = STRAIGHT_ON): LaneActivities {
  const activity = guarded(deps.telemetry, (turn) => workTurn(deps, verbs, turn, options));
  return {
    BEGIN: activity,
    END: activity,
    PROBE: activity,
    FETCH: activity,
    LOOKUP: activity,
    PUSH: activity,
    EXECUTE: activity,
    TRANSFORM: activity,
    GOVERN: activity,
    LOGIC_GATE: activity,
  };
}
