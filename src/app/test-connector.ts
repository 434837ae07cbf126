/**
 * Whether a connector works: a harmless call through its adapter, as a step would make it. That the outside system does not
 * answer, or that a secret is missing, is what one wants to know, and so an answer.
 */
import { STEP_CODES, StepFault, type StepCode } from '../domain/errors.ts';
import type { TenantId } from '../domain/ids.ts';
import type { Deps } from '../ports/deps.ts';

export interface ConnectorTest {
  readonly ok: boolean;
  readonly detail: string;
  /** Why a step would fail now, and what to do about it; null when it would not, or only the target knows. */
  readonly code: StepCode | null;
  readonly next: string | null;
}

const LONGEST_MS = 20_000;

/** Answers within 20 seconds. The connector exists. */
export async function testConnector(
  { adapters }: Pick<Deps, 'adapters'>,
  tenant: TenantId,
  connector: string,
): Promise<ConnectorTest> {
  try {
    const { adapter, context } = await adapters.resolve(tenant, connector);
    const { ok, detail } = await adapter.test(context(AbortSignal.timeout(LONGEST_MS), () => undefined));
    return { ok, detail, code: null, next: null };
  } catch (error) {
    if (!(error instanceof StepFault)) throw error;
    // What the target said of itself may hold data, and whoever tests may not see any.
    const detail = error.code === 'OUTSIDE_REFUSED' ? 'The target refused the request.' : error.detail;
    return { ok: false, detail, code: error.code, next: STEP_CODES[error.code].next };
  }
}
