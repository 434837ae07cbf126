/** The categories of outside systems that a Connector may name; the adapters' folders have the same names. */

export const CATEGORIES = [
  'erp',
  'operational',
  'finance',
  'datasource',
  'comms',
  'identity',
  'cognitive',
  'intelligence',
  'platform',
] as const;
export type Category = (typeof CATEGORIES)[number];
