// The rows of the trees that are in view: those under a closed one are not.
import type { BlockingRow } from '../../api/generated/BlockingRow';
import { blockerKey } from './words';

export interface TreeRow {
  key: string;
  row: BlockingRow;
  /** Nothing where nobody stands under it. */
  open: boolean | null;
}

export function treeRows(rows: BlockingRow[], closed: ReadonlySet<string>): TreeRow[] {
  const shown: TreeRow[] = [];
  /** Deeper rows are under one that is closed. */
  let within = Infinity;
  rows.forEach((row, index) => {
    if (row.depth > within) return;
    within = Infinity;
    const key = blockerKey(row.who);
    const parent = (rows[index + 1]?.depth ?? 0) > row.depth;
    const open = parent ? !closed.has(key) : null;
    if (open === false) within = row.depth;
    shown.push({ key, row, open });
  });
  return shown;
}

/** Whom a row waits for first: the one above it. */
export function aboveOf(rows: BlockingRow[], key: string): BlockingRow | null {
  const index = rows.findIndex(({ who }) => blockerKey(who) === key);
  const depth = rows[index]?.depth ?? 0;
  return rows.slice(0, Math.max(0, index)).findLast((row) => row.depth === depth - 1) ?? null;
}

/** The one at the top of the tree that a row is in. */
export function rootOf(rows: BlockingRow[], key: string): BlockingRow | null {
  const index = rows.findIndex(({ who }) => blockerKey(who) === key);
  return rows.slice(0, index + 1).findLast((row) => row.depth === 0) ?? null;
}
