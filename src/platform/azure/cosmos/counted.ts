/** Counts what is asked of Cosmos DB and what it charges, for the metrics of the store. */
import { measure } from '../../telemetry/metrics.ts';
import { codeOf } from '../patience.ts';

/** Shapes of the SDK's answers: each tells the charge in its own place. */
interface Charged {
  readonly requestCharge?: number;
  readonly headers?: unknown;
}

const CHARGE = 'x-ms-request-charge';

function chargeOf({ requestCharge, headers }: Charged): number {
  const told = requestCharge ?? Number((headers as Readonly<Record<string, unknown>> | undefined)?.[CHARGE]);
  return Number.isFinite(told) ? told : 0;
}

export async function counted<Answer extends object>(
  container: string,
  operation: 'read' | 'batch' | 'query' | 'upsert',
  request: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await request();
    measure('countersign.store.calls', 1, { container, operation, outcome: 'answered' });
    measure('countersign.store.request_units', chargeOf(answer as Charged), { container, operation });
    return answer;
  } catch (error) {
    measure('countersign.store.calls', 1, { container, operation, outcome: codeOf(error) });
    throw error;
  }
}
