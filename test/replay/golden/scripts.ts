/**
 * What the activities of a recorded lane answer: one script for each thing that can happen to a lane. The run's name picks
 * the script, the fence is the place in it. Histories of a release stay as they are; scripts may be added.
 */
import type { Out, Turn } from '../../../src/domain/run/head.ts';

interface Line {
  readonly verb?: Turn['verb'];
  readonly sleep?: true;
  readonly bell?: true;
  /** Executions that fail before one answers. */
  readonly fails?: number;
}

export const SCRIPTS: Readonly<Record<string, readonly Line[]>> = {
  straight: [{ verb: 'FETCH' }, { verb: 'TRANSFORM' }, { verb: 'END' }],
  asleep: [{ verb: 'PUSH', sleep: true }, { verb: 'PUSH', sleep: true }, { verb: 'END' }],
  rung: [{ verb: 'GOVERN', bell: true }, { verb: 'GOVERN', bell: true }, { verb: 'PUSH' }],
  both: [{ verb: 'LOOKUP', sleep: true, bell: true }, { verb: 'END' }],
  again: [{ verb: 'EXECUTE', fails: 1 }, { verb: 'END' }],
  lost: [{ verb: 'EXECUTE', fails: 3 }],
  long: Array.from({ length: 55 }, () => ({ verb: 'LOGIC_GATE' as const })),
};

/** The past: such a timer fires at once. */
const SLEPT = '2026-01-01T00:00:05.000Z';

export const bellOf = (fence: number): string => `bell~1~${fence}`;

export function answerOf(turn: Turn, execution: number): Out {
  const { run, fence } = turn;
  const script = SCRIPTS[run] ?? [];
  const line = script[fence - 1];
  if (execution <= (line?.fails ?? 0)) throw new Error('{"code":"STORE_UNAVAILABLE","errorId":"e1"}');
  const following = script[fence];
  const next: Turn | null =
    following === undefined ? null : { ...bare(turn), fence: fence + 1, verb: following.verb ?? 'END' };
  return {
    fence,
    next,
    sleepUntil: line?.sleep ? SLEPT : null,
    doorbell: line?.bell ? bellOf(fence + 1) : null,
  };
}

const bare = ({ tenant, run, step, fence, verb }: Turn): Turn => ({ tenant, run, step, fence, verb });
