// The columns of the suggestions; where there is little room, those that stand beneath the name or in the detail as well give way.
import type { AdvisedStatement } from '../../api/generated/AdvisedStatement';
import type { IndexSuggestion } from '../../api/generated/IndexSuggestion';
import { fitting, type Column } from '../../shared/table';
import { gainOf, priorityOrder } from './words';

export type CreateColumn = 'index' | 'priority' | 'mean' | 'size' | 'write' | 'evidence';

const GIVE_WAY: CreateColumn[] = ['evidence', 'write', 'priority'];

/** What an index needs to be read without breaking its words. */
const ROOM = 210;

export function createColumns(statements: AdvisedStatement[], width: number): Column<IndexSuggestion>[] {
  const columns: Column<IndexSuggestion>[] = [
    { key: 'index', title: 'Index', value: (row) => row.title },
    {
      key: 'priority',
      title: 'Priority',
      value: (row) => row.priority,
      rank: (row) => priorityOrder[row.priority],
      width: '64px',
      hint: 'How much of the workload’s cost it takes away',
    },
    {
      key: 'mean',
      title: 'Mean time',
      value: (row) => gainOf(row, statements)?.before ?? null,
      numeric: true,
      width: '142px',
      hint: 'Of the statements that it serves, by their calls: today, and foretold by the ratio of the planner’s costs',
    },
    {
      key: 'size',
      title: 'Size',
      value: (row) => row.size_bytes,
      numeric: true,
      width: '62px',
      hint: 'As it is foretold',
    },
    {
      key: 'write',
      title: 'Write cost',
      value: (row) => row.write_cost.ratio,
      numeric: true,
      width: '76px',
      hint: 'How much more the writes of its table would cost',
    },
    {
      key: 'evidence',
      title: 'Evidence',
      value: (row) => row.evidence,
      width: '84px',
      hint: 'Verified by the server’s planner, or estimated',
    },
  ];
  return fitting(columns, GIVE_WAY, width, ROOM);
}
