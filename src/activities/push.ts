/** PUSH: writes records. Its output says what the target confirmed and what it refused, by record. */
import type { Json } from '../domain/json.ts';
import type { PushAction } from '../domain/workflow/plan.ts';
import { verb } from './internal-step.ts';
import { write, type Written } from './write.ts';

export function pushed(written: readonly Written[]): Json {
  const refused = written.flatMap((each) =>
    each.refused.map(({ index, reason }) => ({ index: each.offset + index, reason })),
  );
  const count = written.reduce((sum, each) => sum + each.count, 0);
  // A target that answers a batch with a list answers per record.
  const receipts = written.flatMap(({ receipt }) => (Array.isArray(receipt) ? (receipt as Json[]) : [receipt]));
  return { confirmed: count - refused.length, refused, receipts };
}

export const push = verb<PushAction>((step) => write(step, pushed));
