/** What a file gives when it offers an adapter: its names, its category, how it is found, the adapter itself. */
import type { JsonObject } from '../domain/json.ts';
import type { Category } from '../domain/workflow/categories.ts';
import type { Adapter } from './adapter.ts';

export interface AdapterModule {
  /** `category/name`, unique: what connector documents write as `adapter`. */
  readonly name: `${Category}/${string}`;
  /** System types beside the name that this adapter serves, exact words. */
  readonly systemTypes: readonly string[];
  /** True when a connector's metadata show a system that this adapter serves. Pure. */
  infers(metadata: JsonObject): boolean;
  /** Generic protocols for which this adapter is the fallback, such as `http`. */
  readonly connectionTypes: readonly string[];
  readonly adapter: Adapter;
}
