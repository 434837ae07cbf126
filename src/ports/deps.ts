/** Everything from outside that use cases, orchestration and activities may use: ports only, wired by `composition`. */
import type { Adapters } from './adapters.ts';
import type { BlobStore } from './blob-store.ts';
import type { Clock, Ids } from './clock.ts';
import type { ContextVault } from './context-vault.ts';
import type { DefinitionStore } from './definition-store.ts';
import type { Directory } from './directory.ts';
import type { Expressions } from './expressions.ts';
import type { KeyRing } from './key-ring.ts';
import type { Lanes } from './lanes.ts';
import type { Notifier } from './notifier.ts';
import type { Plans } from './plans.ts';
import type { IdempotencyStore, RequestIndex } from './request-index.ts';
import type { RunStore } from './run-store.ts';
import type { SlotStore } from './slot-store.ts';
import type { SecretBroker } from './secret-broker.ts';
import type { Telemetry } from './telemetry.ts';
import type { TenantLog } from './tenant-log.ts';

export interface Deps {
  readonly runs: RunStore;
  readonly definitions: DefinitionStore;
  readonly plans: Plans;
  readonly vault: ContextVault;
  readonly keys: KeyRing;
  readonly blobs: BlobStore;
  readonly secrets: SecretBroker;
  readonly tenantLog: TenantLog;
  readonly requests: RequestIndex;
  readonly idempotency: IdempotencyStore;
  readonly slots: SlotStore;
  readonly directory: Directory;
  readonly notifier: Notifier;
  readonly adapters: Adapters;
  readonly expressions: Expressions;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  readonly settings: AppSettings;
}

/** The few settings that use cases need; read and checked by `src/config`. */
export interface AppSettings {
  /** Public address without a trailing slash: the only source of links. */
  readonly publicBaseUrl: string;
  readonly stepConcurrency: number;
  /** How long the sweep waits before it looks at a silent step (10 s; shorter in tests). */
  readonly silenceMs: number;
  /** How long the data of an ended run is kept when its workflow does not say; absent: for good. */
  readonly retentionMs?: number;
}
