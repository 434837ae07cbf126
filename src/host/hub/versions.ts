/**
 * Which versions of an orchestration this host works on, as `defaultVersion`, `versionMatchStrategy` and
 * `versionFailureStrategy` of `host.json` say. Pure; comparison as on Azure. Without a default version nothing is matched.
 */
export interface Versioning {
  /** Given to every new instance that names none; what the others are compared with. */
  current: string;
  match: 'None' | 'Strict' | 'CurrentOrOlder';
  /** `Reject` leaves an instance as it is, for a host that knows its version; `Fail` ends it. */
  failure: 'Reject' | 'Fail';
}

/** The `durableTask` section of `host.json`, whose values were checked when it was read. */
export function versioningOf(settings: Readonly<Record<string, unknown>>): Versioning | undefined {
  const { defaultVersion: current, versionMatchStrategy: match, versionFailureStrategy: failure } = settings;
  if (typeof current !== 'string' || current === '') return undefined;
  const named = <T extends string>(value: unknown, names: readonly T[], otherwise: T): T =>
    names.find((name) => typeof value === 'string' && name.toLowerCase() === value.toLowerCase()) ?? otherwise;
  return {
    current,
    match: named(match, ['None', 'Strict', 'CurrentOrOlder'], 'CurrentOrOlder'),
    failure: named(failure, ['Reject', 'Fail'], 'Reject'),
  };
}

/** Why this host does not work on an instance of that version; nothing when it does. */
export function misfit(versioning: Versioning | undefined, version: string | null): string | undefined {
  if (!versioning || versioning.match === 'None' || version === versioning.current) return undefined;
  const order = compareVersions(version ?? '', versioning.current);
  if (versioning.match === 'CurrentOrOlder' ? order <= 0 : order === 0) return undefined;
  const relation = versioning.match === 'Strict' ? 'does not match' : 'is greater than';
  return `The orchestration version '${version ?? ''}' ${relation} the worker version '${versioning.current}'.`;
}

/** None is older than any; numbers with dots are compared part by part, everything else as text without case. */
export function compareVersions(a: string, b: string): number {
  if (a === '' || b === '') return Number(a !== '') - Number(b !== '');
  const [left, right] = [partsOf(a), partsOf(b)];
  if (!left || !right) {
    const [x, y] = [a.toLowerCase(), b.toLowerCase()];
    return x === y ? 0 : x < y ? -1 : 1;
  }
  for (let at = 0; at < 4; at += 1) {
    const difference = (left[at] ?? -1) - (right[at] ?? -1);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** Two to four numbers, as .NET reads a version; a single number is text there. */
function partsOf(version: string): number[] | undefined {
  return /^\d+(\.\d+){1,3}$/.test(version) ? version.split('.').map(Number) : undefined;
}
