/**
 * Opaque cursors: a position in a listing, bound to the tenant and the query by HMAC, so that a cursor of another tenant
 * or another query is refused instead of followed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../../domain/ids.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { KeyRing } from '../../ports/key-ring.ts';
import { CursorRefused } from '../../ports/run-store.ts';

export interface Cursors {
  write(tenant: TenantId, query: Json, position: readonly string[]): Promise<string>;
  /** Throws `CursorRefused` for what `write` did not make for this tenant and query. */
  read(tenant: TenantId, query: Json, cursor: string, length: number): Promise<readonly string[]>;
}

const MAC_BYTES = 16;

export function cursors(keys: Pick<KeyRing, 'mac'>): Cursors {
  const tag = async (tenant: TenantId, query: Json, body: string): Promise<Buffer> =>
    createHmac('sha256', await keys.mac(tenant, 'cursor'))
      .update(canonicalJson({ tenant, query, body }))
      .digest()
      .subarray(0, MAC_BYTES);
  return {
    async write(tenant, query, position) {
      const body = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${body}.${(await tag(tenant, query, body)).toString('base64url')}`;
    },
    async read(tenant, query, cursor, length) {
      const [body = '', mac = '', more] = cursor.split('.');
      const given = Buffer.from(mac, 'base64url');
      const expected = await tag(tenant, query, body);
      if (more !== undefined || given.length !== MAC_BYTES || !timingSafeEqual(given, expected))
        throw new CursorRefused();
      const position = JSON.parse(Buffer.from(body, 'base64url').toString()) as readonly string[];
      if (position.length !== length) throw new CursorRefused();
      return position;
    },
  };
}
