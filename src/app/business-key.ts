/** The stored form of a business key: an HMAC under the tenant's index key, so that only exact matches can be searched. */
import { createHmac } from 'node:crypto';
import type { Deps } from '../ports/deps.ts';
import type { TenantId } from '../domain/ids.ts';

export async function businessKeyHash(deps: Pick<Deps, 'keys'>, tenant: TenantId, text: string): Promise<string> {
  return createHmac('sha256', await deps.keys.mac(tenant, 'index'))
    .update(text)
    .digest('hex');
}
