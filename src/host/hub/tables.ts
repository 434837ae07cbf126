/**
 * The statements of the hub's three tables, prepared once. Writes must be called inside `Store.write`.
 */
import type { Store } from './store.ts';
import type { Episode, InstanceRow, Message } from './records.ts';

export type QueueKind = 'letter' | 'task' | 'timer';
export interface QueueRow {
  seq: number;
  n: number;
  kind: QueueKind;
  at: number;
  data: string;
}

export type Tables = ReturnType<typeof openTables>;

export function openTables(store: Store) {
  const { db } = store;
  const insertInstance = db.prepare(
    `INSERT INTO instances(n, id, name, version, exec, gen, status, fresh, input, output, custom, created, updated, parent)
     VALUES(@n, @id, @name, @version, @exec, @gen, @status, @fresh, @input, @output, @custom, @created, @updated, @parent)`,
  );
  const updateInstance = db.prepare(
    'UPDATE instances SET status = ?, fresh = ?, output = ?, custom = ?, updated = ? WHERE n = ?',
  );
  const renew = db.prepare(
    'UPDATE instances SET status = ?, fresh = 1, input = ?, exec = ?, gen = ?, updated = ? WHERE n = ?',
  );
  const deleteInstance = db.prepare('DELETE FROM instances WHERE n = ?');
  const byId = db.prepare('SELECT * FROM instances WHERE id = ?');
  const byN = db.prepare('SELECT * FROM instances WHERE n = ?');
  const fresh = db.prepare('SELECT n FROM instances WHERE fresh = 1 ORDER BY n').pluck();
  const insertHistory = db.prepare('INSERT INTO history(n, ep, data) VALUES(?, ?, ?)');
  const replaceHistory = db.prepare('UPDATE history SET data = ? WHERE n = ? AND ep = ?');
  const deleteHistory = db.prepare('DELETE FROM history WHERE n = ?');
  const history = db.prepare('SELECT data FROM history WHERE n = ? ORDER BY ep').pluck();
  const enqueue = db.prepare('INSERT INTO queue(seq, n, kind, at, data) VALUES(?, ?, ?, ?, ?)');
  const turnIntoLetter = db.prepare("UPDATE queue SET kind = 'letter', at = 0, data = ? WHERE seq = ?");
  const dequeue = db.prepare('DELETE FROM queue WHERE seq = ?');
  const queue = db.prepare('SELECT * FROM queue ORDER BY seq');
  const data = db.prepare('SELECT data FROM queue WHERE seq = ?').pluck();
  const reserve = db.prepare(
    `INSERT INTO meta(key, value) VALUES('numbers', ?) ON CONFLICT(key) DO UPDATE SET value = value + excluded.value
     RETURNING CAST(value AS INTEGER)`,
  );

  return {
    insertInstance: (row: InstanceRow) => void insertInstance.run(row),
    updateInstance: (row: InstanceRow) =>
      void updateInstance.run(row.status, row.fresh, row.output, row.custom, row.updated, row.n),
    renewInstance: (row: InstanceRow) => void renew.run(row.status, row.input, row.exec, row.gen, row.updated, row.n),
    deleteInstance: (n: number) => void deleteInstance.run(n),
    instanceById: (id: string) => byId.get(id) as InstanceRow | undefined,
    instanceByN: (n: number) => byN.get(n) as InstanceRow | undefined,
    freshInstances: () => fresh.all() as number[],
    insertEpisode: (n: number, ep: number, episode: Episode) => void insertHistory.run(n, ep, JSON.stringify(episode)),
    replaceEpisode: (n: number, ep: number, episode: Episode) =>
      void replaceHistory.run(JSON.stringify(episode), n, ep),
    deleteHistory: (n: number) => void deleteHistory.run(n),
    episodes: (n: number) => (history.all(n) as string[]).map((text) => JSON.parse(text) as Episode),
    enqueue: (seq: number, n: number, kind: QueueKind, at: number, message: Message | null) =>
      void enqueue.run(seq, n, kind, at, JSON.stringify(message)),
    turnIntoLetter: (seq: number, message: Message) => void turnIntoLetter.run(JSON.stringify(message), seq),
    dequeue: (seq: number) => void dequeue.run(seq),
    message: (seq: number) => JSON.parse(data.get(seq) as string) as Message,
    queueRows: () => queue.all() as QueueRow[],
    /** Numbers that no earlier process has used and no later one will. */
    reserveNumbers: (count: number) => Number(reserve.pluck().get(count)) - count,
  };
}
