/** Work under one name, one after the other: instances contend in the database, callers of one process wait here instead. */
export function inTurn(): <Answer>(name: string, work: () => Promise<Answer>) => Promise<Answer> {
  const tails = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = tails.get(name) ?? Promise.resolve();
    const own = before.then(work, work);
    tails.set(name, own);
    try {
      return await own;
    } finally {
      if (tails.get(name) === own) tails.delete(name);
    }
  };
}
