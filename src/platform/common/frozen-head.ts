/** A head that a store remembers is shared by all who read it: nobody may change it, nor a row of it. */
import type { Head } from '../../domain/run/head.ts';

export function frozenHead(head: Head): Head {
  for (const row of head.rows) Object.freeze(row);
  Object.freeze(head.rows);
  return Object.freeze(head);
}
