/** The salt of `$digest`: made from the run's own key, so that digests prove nothing once the run is erased. */
import { createHmac } from 'node:crypto';
import type { Deps } from '../ports/deps.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';

/** Name in the scope that no expression can write. */
const SALT = '#salt';

/** What `names` has to hold for these expressions; nothing unless one of them takes a digest. */
export async function saltFor(
  deps: Pick<Deps, 'keys'>,
  scope: RunScope,
  expressions: Json,
): Promise<Record<string, Json>> {
  if (!JSON.stringify(expressions).includes('$digest')) return {};
  const { key } = await deps.keys.get({ tenant: scope.tenant, kind: 'run', id: scope.run }, 'step');
  return { [SALT]: createHmac('sha256', key).update('salt of $digest').digest('hex') };
}
