// The stacked chart of a server's statements: which line is which row of the table, and in which colour.
import type { ChartData } from '../../api/generated/ChartData';
import type { StatementRow } from '../../api/generated/StatementRow';
import type { Plot, SeriesColor } from '../../shared/chartModel';
import { shortSql } from '../../shared/code';
import { rowKey } from './statements.svelte';

/** Each unlike its neighbours; the last line, all others together, is grey. */
const COLORS: SeriesColor[] = ['s1', 's2', 's3', 's4', 's5', 's7', 's8', 's9'];
const OTHERS: SeriesColor = 's6';

/** The lines are the first rows in their order, then all others together. */
const rowOf = (index: number, chart: ChartData, rows: StatementRow[]): StatementRow | undefined =>
  index < chart.series.length - 1 ? rows[index] : undefined;

const MOST = 60;

export function statementName(row: StatementRow): string {
  const text = row.statement === null ? `queryid ${row.queryid}` : shortSql(row.statement);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** The chart with each line named by its statement, for those who read or hear it. */
export function namedByStatement(chart: ChartData, rows: StatementRow[]): Plot {
  const taken = new Set<string>();
  const series = chart.series.map((line, index) => {
    const row = rowOf(index, chart, rows);
    const plain = row ? statementName(row) : 'all others';
    const name = taken.has(plain) ? `${plain} (${index + 1})` : plain;
    taken.add(name);
    return { ...line, name };
  });
  return { ...chart, series };
}

export const colorsOf = (chart: ChartData, rows: StatementRow[]): SeriesColor[] =>
  chart.series.map((_, index) => (rowOf(index, chart, rows) ? (COLORS[index] ?? OTHERS) : OTHERS));

/** The colour of each row's line, so that the table is the chart's legend. */
export function colorByRow(chart: ChartData | null, rows: StatementRow[]): Map<string, SeriesColor> {
  const colors = chart ? colorsOf(chart, rows).slice(0, -1) : [];
  return new Map(
    rows.slice(0, colors.length).map((row, index) => [rowKey(row), colors[index] ?? OTHERS] as const),
  );
}

/** All lines together at a step; a gap where none is known. */
export function totalAt(plot: Plot, cursor: number | null): number | null {
  const index = cursor ?? plot.times.length - 1;
  const known = plot.series.map(({ values }) => values[index]).filter((value) => value != null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
