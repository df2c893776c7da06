// The Overview page in each of its states.
import { screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { open } from '../../../test/open';
import OverviewPage from './OverviewPage.svelte';

test('sources in brief, saturation, and what needs someone, worst first', async () => {
  await open(OverviewPage, 'leak');
  expect((await screen.findByTestId('card-panel-eu-1')).textContent).toContain('100%');
  expect(screen.getByTestId('chart-saturation').dataset['points']).not.toBe('0');
  const rows = screen.getAllByTestId('attention-row').map((row) => row.textContent);
  expect(rows[0]).toContain('critical');
  expect(rows.at(-1)).toContain('warning');
});

test('the first start says what to do', async () => {
  await open(OverviewPage, 'first-start');
  expect(screen.getByTestId('first-start').textContent).toContain('Add a source');
  expect(screen.queryByTestId('range')).toBeNull();
});

test('a dead source says when it last answered, instead of a number', async () => {
  await open(OverviewPage, 'dead');
  expect((await screen.findByTestId('card-billing-db')).textContent).toMatch(/last answered 4\d s ago/);
});

test('calm, empty, loading and failing', async () => {
  await open(OverviewPage, 'calm');
  expect((await screen.findByTestId('needs-attention')).textContent).toContain('Nothing does');
  document.body.replaceChildren();
  await open(OverviewPage, 'empty');
  expect((await screen.findByTestId('chart-saturation')).textContent).toContain('first poll');
  document.body.replaceChildren();
  await open(OverviewPage, 'loading');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(OverviewPage, 'error');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('Check the disk');
});
