/**
 * Stores of a real account in which each test has a space of its own: tenants are written with a prefix and read without it, so
 * that suites with fixed names meet an empty store. For the tests that run only when an account is named.
 */
import type { SqlQuerySpec } from '@azure/cosmos';
import { BlobContainer, type Condition, type Metadata } from '../../../src/platform/azure/blob/account.ts';
import {
  Containers,
  type BatchOutcome,
  type ContainerName,
  type Item,
  type Operation,
  type PartitionKey,
  type Read,
} from '../../../src/platform/azure/cosmos/containers.ts';
import { tenantId } from '../../../src/domain/ids.ts';
import type { SecretBroker } from '../../../src/ports/secret-broker.ts';

export class NamespacedContainers extends Containers {
  readonly #space: string;

  constructor(space: string, ...rest: ConstructorParameters<typeof Containers>) {
    super(...rest);
    this.#space = space;
  }

  #key([tenant, scope]: PartitionKey): PartitionKey {
    return [this.#space + tenant, scope];
  }
  #out<Stored extends Item>(item: Stored): Stored {
    return { ...item, tenantId: this.#space + item.tenantId };
  }
  #in<Row>(row: Row): Row {
    const { tenantId: written } = (row ?? {}) as { tenantId?: unknown };
    return typeof written === 'string' ? { ...row, tenantId: written.slice(this.#space.length) } : row;
  }

  override async read<Stored extends Item>(
    name: ContainerName,
    key: PartitionKey,
    id: string,
    known?: string,
  ): Promise<Read<Stored> | 'unchanged' | null> {
    const read = await super.read<Stored>(name, this.#key(key), id, known);
    return read === null || read === 'unchanged' ? read : { ...read, item: this.#in(read.item) };
  }

  override batch(name: ContainerName, key: PartitionKey, operations: readonly Operation[]): Promise<BatchOutcome> {
    const moved = operations.map((one) => ('item' in one ? { ...one, item: this.#out(one.item) } : one));
    return super.batch(name, this.#key(key), moved);
  }

  override async query<Row>(name: ContainerName, query: SqlQuerySpec, key?: PartitionKey): Promise<readonly Row[]> {
    const parameters = (query.parameters ?? []).map((one) =>
      one.name === '@tenant' ? { ...one, value: this.#space + String(one.value) } : one,
    );
    const text = query.query.replace(' WHERE ', ` WHERE STARTSWITH(c.tenantId, "${this.#space}") AND `);
    const rows = await super.query<Row>(
      name,
      { query: text, parameters },
      key === undefined ? undefined : this.#key(key),
    );
    return rows.map((row) => this.#in(row));
  }

  override upsert(name: ContainerName, item: Item): Promise<void> {
    return super.upsert(name, this.#out(item));
  }
}

export class NamespacedBlobs extends BlobContainer {
  readonly #space: string;

  constructor(space: string, ...rest: ConstructorParameters<typeof BlobContainer>) {
    super(...rest);
    this.#space = space;
  }

  override read(name: string) {
    return super.read(this.#space + name);
  }
  override write(name: string, bytes: Uint8Array, condition: Condition, metadata?: Metadata): Promise<boolean> {
    return super.write(this.#space + name, bytes, condition, metadata);
  }
  override metadata(name: string): Promise<Metadata | null> {
    return super.metadata(this.#space + name);
  }
  override remove(name: string): Promise<boolean> {
    return super.remove(this.#space + name);
  }
  override async list(prefix: string, next: string | null, size: number) {
    const page = await super.list(this.#space + prefix, next, size);
    return { ...page, blobs: page.blobs.map((blob) => ({ ...blob, name: blob.name.slice(this.#space.length) })) };
  }
}

export function namespacedSecrets(space: string, secrets: SecretBroker): SecretBroker {
  const own = (tenant: string) => tenantId(`${space}${tenant}`);
  return {
    resolve: (tenant, name, host, anew) => secrets.resolve(own(tenant), name, host, anew),
    set: (tenant, name, value, hosts) => secrets.set(own(tenant), name, value, hosts),
    bind: (tenant, name, hosts) => secrets.bind(own(tenant), name, hosts),
    names: (tenant) => secrets.names(own(tenant)),
  };
}
