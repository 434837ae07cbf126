/**
 * ERP systems with a JSON interface. The same protocol as `datasource/http-json`; but every write must say whether the
 * target honours an idempotency key, because a ledger is where a guess costs money.
 */
import { httpJsonAdapter } from '../http-json/adapter.ts';
import type { AdapterModule } from '../module.ts';

export const erpHttpJson: AdapterModule = {
  name: 'erp/http-json',
  systemTypes: ['erp-json'],
  infers: (metadata) => metadata['category'] === 'erp' && metadata['protocol'] === 'http-json',
  connectionTypes: [],
  adapter: httpJsonAdapter({ idempotencyStated: true }),
};
