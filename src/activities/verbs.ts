/** The seven verbs by name. */
import { execute } from './execute.ts';
import { fetch } from './fetch.ts';
import { govern } from './govern.ts';
import { logicGate } from './logic-gate.ts';
import { lookup } from './lookup.ts';
import { push } from './push.ts';
import type { Verbs } from './step-work.ts';
import { transform } from './transform.ts';

export const VERBS: Verbs = {
  FETCH: fetch,
  LOOKUP: lookup,
  PUSH: push,
  EXECUTE: execute,
  TRANSFORM: transform,
  GOVERN: govern,
  LOGIC_GATE: logicGate,
};
