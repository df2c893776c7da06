// Sorting, filtering and windowing of table rows, apart from how they are drawn.
export interface Column<Row> {
  key: string;
  title: string;
  /** What the column sorts, filters and copies by. */
  value: (row: Row) => string | number | null;
  /** What it sorts by where that is not its value: words that have an order of their own. */
  rank?: (row: Row) => number;
  numeric?: boolean;
  /** A CSS width; columns without one share what is left. */
  width?: string;
  /** What the column means, on hover. */
  hint?: string;
  sortable?: boolean;
}

export interface Sorting {
  key: string;
  descending: boolean;
}

export function arrange<Row>(
  rows: Row[],
  columns: Column<Row>[],
  sorting: Sorting | null,
  filter: string,
): Row[] {
  const needle = filter.trim().toLowerCase();
  const kept = needle
    ? rows.filter((row) =>
        columns.some((column) => `${column.value(row) ?? ''}`.toLowerCase().includes(needle)),
      )
    : rows;
  const column = columns.find((candidate) => candidate.key === sorting?.key);
  if (!column || !sorting) return kept;
  const sign = sorting.descending ? -1 : 1;
  const by = column.rank ?? column.value;
  return kept.toSorted((a, b) => compare(by(a), by(b), sign));
}

/** Unknown values stand last, whichever way the column is sorted. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * sign;
  return String(a).localeCompare(String(b), 'en', { numeric: true }) * sign;
}

export interface Slice {
  from: number;
  to: number;
  before: number;
  after: number;
}

/** Which rows a scrolled box shows, with a margin, and how tall the rows left out are. */
export function slice(total: number, rowHeight: number, scrollTop: number, viewHeight: number): Slice {
  const margin = 10;
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
  const to = Math.min(total, Math.ceil((scrollTop + viewHeight) / rowHeight) + margin);
  return { from, to, before: from * rowHeight, after: Math.max(0, total - to) * rowHeight };
}

/** Where a key moves to from the row `here`; nowhere for any other key. */
export function rowAfter(key: string, here: number, total: number): number | undefined {
  const target: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    Home: 0,
    End: total - 1,
    PageDown: Math.min(total - 1, here + 10),
    PageUp: Math.max(0, here - 10),
  };
  return target[key];
}

export interface Nest {
  depth: number;
  /** Nothing where nothing stands under it. */
  open: boolean | null;
}

/** Where a key moves to among rows that stand under others; 'toggle' opens or closes the row itself. */
export function nestMove(key: string, here: number, nests: Nest[]): number | 'toggle' | undefined {
  const nest = nests[here];
  if (!nest) return undefined;
  if (key === 'ArrowRight') {
    if (nest.open === null) return undefined;
    return nest.open ? here + 1 : 'toggle';
  }
  if (key !== 'ArrowLeft') return undefined;
  if (nest.open) return 'toggle';
  const above = nests.slice(0, here).findLastIndex(({ depth }) => depth < nest.depth);
  return above < 0 ? undefined : above;
}

/** Columns without a width keep `room`; for that, those in `giveWay` go, in this order. Unmeasured, all stay. */
export function fitting<C extends { key: string; width?: string }>(
  columns: C[],
  giveWay: C['key'][],
  width: number,
  room: number,
): C[] {
  let kept = columns;
  for (const key of giveWay) {
    const taken = kept.reduce((sum, column) => sum + parseInt(column.width ?? '0', 10), 0);
    if (width === 0 || width - taken >= room) break;
    kept = kept.filter((column) => column.key !== key);
  }
  return kept;
}

export function asText<Row>(row: Row, columns: Column<Row>[]): string {
  return columns.map((column) => column.value(row) ?? '').join('\t');
}
