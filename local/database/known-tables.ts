import type { Callback, Store, Table } from 'dynalite/db/index.js';

/** Operations after which a table is another, or none. */
const CHANGES = new Set(['CreateTable', 'DeleteTable', 'UpdateTable']);

/**
 * Lets dynalite, which reads a table's description from the disk with each operation, and once more with each item of a
 * batch, read it once.
 * @returns what an operation has to call before it begins, and once it is done.
 */
export function knowTables(store: Store): (operation: string) => void {
  const known = new Map<string, Table>();
  let changes = 0;
  const getTable = store.getTable.bind(store);
  store.getTable = (name, ...rest) => {
    const [first, second] = rest;
    // Asked for whatever state it is in.
    if (second !== undefined) return getTable(name, first === true, second);
    if (typeof first !== 'function') return;
    const done: Callback<Table> = first;
    const table = known.get(name);
    if (table !== undefined) return done(null, table);
    const before = changes;
    getTable(name, (error, found) => {
      if (!error && found.TableStatus === 'ACTIVE' && before === changes) known.set(name, found);
      done(error, found);
    });
  };
  return (operation) => {
    if (!CHANGES.has(operation)) return;
    changes++;
    known.clear();
  };
}
