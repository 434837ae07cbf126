/** Any system that speaks JSON over HTTP: the generic fallback for connectors that only say how they are reached. */
import { httpJsonAdapter } from '../http-json/adapter.ts';
import type { AdapterModule } from '../module.ts';

export const datasourceHttpJson: AdapterModule = {
  name: 'datasource/http-json',
  systemTypes: ['http-json'],
  infers: (metadata) => metadata['category'] === 'datasource' && metadata['protocol'] === 'http-json',
  connectionTypes: ['http', 'https', 'rest', 'odata'],
  adapter: httpJsonAdapter({ idempotencyStated: false }),
};
