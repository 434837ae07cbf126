/**
 * Verifies the chains of runs in passing: a bounded number of the newest ended runs of each tenant, against the hash that
 * their heads hold. Somebody who writes to the stores by hand is noticed within the hour; the offline check of a bundle
 * against the pinned key is what proves.
 */
import type { Deps } from '../ports/deps.ts';
import { verifyChain } from '../domain/audit/chain.ts';
import type { RunScope, TenantId } from '../domain/ids.ts';
import type { AuditRecord } from '../domain/run/documents.ts';
import type { Head, RunState } from '../domain/run/head.ts';
import { sha256hex } from './sha256.ts';

type Verifier = Pick<Deps, 'runs' | 'telemetry'>;

const STATES: readonly RunState[] = ['SUCCEEDED', 'FAILED', 'CANCELLED'];
const RUNS = 30;
const PAGE = 500;

export async function verifyChains(deps: Verifier, tenants: readonly TenantId[]): Promise<void> {
  let runs = 0;
  for (const tenant of tenants) {
    for (const state of STATES) {
      const { items } = await deps.runs.listRuns(tenant, { state }, RUNS, null);
      for (const head of items) {
        const broken = await faultOf(deps, head);
        if (broken === null) runs += 1;
        else deps.telemetry.event('audit.verified', { tenant, run: head.run, result: broken });
      }
    }
  }
  deps.telemetry.event('audit.verified', { result: 'ok', runs });
}

/** Only records up to the head that was read: the chain may have grown since. */
async function faultOf(deps: Verifier, head: Head): Promise<string | null> {
  const scope: RunScope = { tenant: head.tenant, run: head.run };
  const records: AuditRecord[] = [];
  while (records.length < head.audit.seq) {
    const page = await deps.runs.readAudit(scope, records.length + 1, PAGE);
    if (page.length === 0) break;
    records.push(...page);
  }
  const chain = records.slice(0, head.audit.seq);
  const fault = verifyChain(chain, sha256hex);
  if (fault !== null) return 'CHAIN_BROKEN';
  if (chain.length !== head.audit.seq) return 'CHAIN_SHORT';
  return chain.at(-1)?.hash === head.audit.hash ? null : 'HEAD_DIFFERS';
}
