/**
 * The last gate before anything leaves as telemetry: declared attributes only, and of these only numbers, booleans and
 * texts of the form of an id or a code. Types say the same at compile time; this holds for what types do not see.
 */
import {
  EVENTS,
  FAULT_ATTRIBUTES,
  type Attribute,
  type FaultAttributes,
  type TelemetryEvent,
} from '../../ports/telemetry.ts';

export type Allowed = Record<string, string | number | boolean>;

/** Ids, codes, versions and times. No blank, no slash, no question mark: neither a sentence nor an address fits. */
const ID = /^[\w$.~:+@-]{1,160}$/;
export const WITHHELD = 'withheld';

/** Null and unknown attributes are left out. */
export function allowedFor(name: TelemetryEvent, attributes: object): Allowed {
  return pick(EVENTS[name], attributes as Readonly<Record<string, Attribute | undefined>>);
}

export function allowedFault(attributes: FaultAttributes): Allowed {
  return pick(FAULT_ATTRIBUTES, attributes);
}

function pick(names: readonly string[], given: Readonly<Record<string, Attribute | undefined>>): Allowed {
  const allowed: Allowed = {};
  for (const name of names) {
    const value = given[name];
    if (value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value))) continue;
    allowed[name] = typeof value !== 'string' || ID.test(value) ? value : WITHHELD;
  }
  return allowed;
}
