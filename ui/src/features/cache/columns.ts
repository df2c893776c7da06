// Columns of the Cache page's tables: what each sorts by, and how its cells read.
import type { Column } from '../../shared/table';

export interface TextColumn<Row> extends Column<Row> {
  text?: (row: Row) => string;
}

/** Of figures, `width` pixels wide. */
export const column = <Row>(
  key: string,
  title: string,
  width: number,
  value: (row: Row) => number | null,
  text: (row: Row) => string,
  hint?: string,
): TextColumn<Row> => ({
  key,
  title,
  value,
  text,
  width: `${width}px`,
  numeric: true,
  ...(hint ? { hint } : {}),
});

/** Of words; without a width it takes what is left. */
export const words = <Row>(
  key: string,
  title: string,
  value: (row: Row) => string,
  width?: number,
): TextColumn<Row> => ({ key, title, value, text: value, ...(width ? { width: `${width}px` } : {}) });

export const textOf = <Row>(column: TextColumn<Row>, row: Row): string => column.text?.(row) ?? '';
