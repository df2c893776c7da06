// Rows sort with the unknown last, filter over all columns, and are skipped when unseen.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import Table from './Table.svelte';
import { arrange, asText, fitting, slice, type Column } from './table';

interface Row {
  name: string;
  took: number | null;
}
const rows: Row[] = [
  { name: 'b', took: 10 },
  { name: 'a', took: null },
  { name: 'c', took: 9 },
];
const columns: Column<Row>[] = [
  { key: 'name', title: 'Name', value: (row) => row.name },
  { key: 'took', title: 'Took', value: (row) => row.took, numeric: true },
];
const names = (arranged: Row[]) => arranged.map((row) => row.name).join('');

test('sorting', () => {
  expect(names(arrange(rows, columns, { key: 'name', descending: false }, ''))).toBe('abc');
  expect(names(arrange(rows, columns, { key: 'took', descending: false }, ''))).toBe('cba');
  expect(names(arrange(rows, columns, { key: 'took', descending: true }, ''))).toBe('bca');
  expect(names(arrange(rows, columns, null, ''))).toBe('bac');
});

test('words that have an order of their own sort by it', () => {
  const ranked = columns.map((column) =>
    column.key === 'name' ? { ...column, rank: (row: Row) => 'cab'.indexOf(row.name) } : column,
  );
  expect(names(arrange(rows, ranked, { key: 'name', descending: false }, ''))).toBe('cab');
});

test('filtering looks at every column', () => {
  expect(names(arrange(rows, columns, null, ' 10 '))).toBe('b');
  expect(arrange(rows, columns, null, 'zzz')).toEqual([]);
});

test('a slice covers what is seen and keeps the height of the rest', () => {
  const view = slice(50_000, 33, 33_000, 660);
  expect(view.from).toBeLessThanOrEqual(1000);
  expect(view.to).toBeGreaterThanOrEqual(1020);
  expect(view.to - view.from).toBeLessThan(60);
  expect(view.before + (view.to - view.from) * 33 + view.after).toBe(50_000 * 33);
});

test('a copied row is tab separated', () => {
  expect(asText({ name: 'a', took: null }, columns)).toBe('a\t');
});

const cell = createRawSnippet<[Row, Column<Row>]>((row, column) => ({
  render: () => `<span>${column().value(row()) ?? ''}</span>`,
}));

test('arrows move, Enter opens, 50,000 rows are not all drawn', async () => {
  const many = Array.from({ length: 50_000 }, (_, i): Row => ({ name: `row ${i}`, took: i }));
  const onselect = vi.fn();
  const onopen = vi.fn();
  render(Table<Row>, {
    label: 'T',
    rows: many,
    columns,
    rowId: (row) => row.name,
    cell,
    rowTestid: 'r',
    onselect,
    onopen,
  });
  const drawn = screen.getAllByTestId('r');
  expect(drawn.length).toBeLessThan(100);
  await fireEvent.keyDown(drawn[0] as HTMLElement, { key: 'ArrowDown' });
  expect(onselect).toHaveBeenCalledWith(many[1]);
  await fireEvent.keyDown(drawn[0] as HTMLElement, { key: 'Enter' });
  expect(onopen).toHaveBeenCalledWith(many[0]);
});

test('Space ticks a row, and is left to what has the focus within it', async () => {
  const ontick = vi.fn();
  render(Table<Row>, { label: 'T', rows, columns, rowId: (row) => row.name, cell, rowTestid: 'r', ontick });
  const [row] = screen.getAllByTestId('r');
  if (!row) throw new Error('there are rows');
  const inside = row.querySelector('span') as HTMLElement;
  expect(await fireEvent.keyDown(inside, { key: ' ' })).toBe(true);
  expect(ontick).not.toHaveBeenCalled();
  expect(await fireEvent.keyDown(row, { key: ' ' })).toBe(false);
  expect(ontick).toHaveBeenCalledWith(rows[0]);
});

test('a head sorts, numbers from the largest', async () => {
  render(Table<Row>, { label: 'T', rows, columns, rowId: (row) => row.name, cell, rowTestid: 'r' });
  await fireEvent.click(screen.getByRole('button', { name: /Took/ }));
  expect(screen.getAllByTestId('r').map((row) => row.dataset['row'])).toEqual(['b', 'c', 'a']);
});

test('rows under others: the level is told, arrows open and go up, the cell that was clicked is copied', async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } });
  const ontoggle = vi.fn();
  const onselect = vi.fn();
  render(Table<Row>, {
    label: 'Rows',
    rows,
    columns,
    rowId: (row) => row.name,
    rowTestid: 'nested',
    nest: (row) => (row.name === 'b' ? { depth: 0, open: true } : { depth: 1, open: null }),
    ontoggle,
    onselect,
    cell: createRawSnippet(() => ({ render: () => '<i>x</i>' })),
  });
  expect(screen.getByRole('treegrid')).toBeTruthy();
  const [top, under] = screen.getAllByTestId('nested') as [HTMLElement, HTMLElement];
  expect([top, under].map((row) => row.getAttribute('aria-level'))).toEqual(['1', '2']);
  expect([top, under].map((row) => row.getAttribute('aria-expanded'))).toEqual(['true', null]);
  await fireEvent.keyDown(top, { key: 'ArrowLeft' });
  expect(ontoggle).toHaveBeenCalledWith(rows[0]);
  await fireEvent.keyDown(under, { key: 'ArrowLeft' });
  expect(onselect).toHaveBeenLastCalledWith(rows[0]);
  await fireEvent.keyDown(top, { key: 'c', code: 'KeyC', altKey: true });
  expect(writeText).toHaveBeenLastCalledWith('b');
  await fireEvent.pointerDown(top.children[1] as Element);
  await fireEvent.keyDown(top, { key: 'c', code: 'KeyC', altKey: true });
  expect(writeText).toHaveBeenLastCalledWith('10');
  expect(top.dataset['copied']).toBe('true');
  await fireEvent.keyDown(top, { key: 'c', ctrlKey: true });
  expect(writeText).toHaveBeenLastCalledWith('b\t10');
  vi.unstubAllGlobals();
});

test('columns give way in their order, as long as there is too little room', () => {
  const some = [
    { key: 'a' },
    { key: 'b', width: '100px' },
    { key: 'c', width: '50px' },
    { key: 'd', width: '80px' },
  ];
  const left = (width: number) =>
    fitting(some, ['c', 'b'], width, 200)
      .map(({ key }) => key)
      .join('');
  expect([0, 430, 429, 379].map(left)).toEqual(['abcd', 'abcd', 'abd', 'ad']);
  expect(left(10)).toBe('ad');
});
