/**
 * Version of the lane that this release starts: equal to `defaultVersion` in `host.json`, numbers only. Raised when the
 * lane changes what it calls for the same answers; `docs/operations.md` says how to deploy then.
 */
export const LANE_VERSION = '1.0';
