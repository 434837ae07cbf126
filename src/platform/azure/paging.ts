/** Pages are of 1–200 items, whatever is asked. */
export const pageSize = (limit: number): number => Math.min(200, Math.max(1, Math.trunc(limit)));
