/** What a failed write left behind, in a line or two: counts of requests, which stand in clear, and where each record is told. */
import { call } from './client.ts';
import type { CliContext } from './context.ts';

interface Effect {
  readonly step: string;
  readonly state: 'intended' | 'confirmed' | 'refused' | 'unknown';
}

interface Shown {
  readonly id: string;
  readonly steps?: readonly {
    readonly id: string;
    readonly verb: string;
    readonly state: string;
    readonly error: object | null;
  }[];
}

const WRITES = new Set(['PUSH', 'EXECUTE']);
const OVER = new Set(['FAILED', 'CANCELLED']);

export async function writtenLines(context: CliContext, run: Shown): Promise<readonly string[]> {
  const failed = (run.steps ?? []).filter((step) => WRITES.has(step.verb) && OVER.has(step.state));
  if (failed.length === 0) return [];
  const path = `/api/v1/runs/${encodeURIComponent(run.id)}`;
  const { body } = await call<{ items: readonly Effect[] }>(context, 'GET', `${path}/effects`);
  return failed.flatMap(({ id, error }) => {
    const own = body.items.filter((effect) => effect.step === id);
    if (own.length === 0) return [];
    const count = (...states: readonly Effect['state'][]): number =>
      own.filter(({ state }) => states.includes(state)).length;
    const counts = `${count('confirmed')} confirmed, ${count('refused')} refused, ${count('intended', 'unknown')} unknown`;
    const requests = own.length === 1 ? '1 request' : `${own.length} requests`;
    const lines = [`${id} sent ${requests}: ${counts}.`];
    return error === null
      ? lines
      : [...lines, `  Each record: GET ${path}/steps/${id}/output?reveal=/records&reason=WHY`];
  });
}
