// The patterns of a replay: listed, narrowed, ignored and compared; and every state without them.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { choose, rowWith, said } from '../../../test/page';
import { findingsOfReplay } from '../../api/fixtures/patterns';
import type { NPlusOneFinding } from '../../api/generated/NPlusOneFinding';
import { location } from '../../app/location.svelte';
import NPlusOnePage from './NPlusOnePage.svelte';

const rows = () => screen.getAllByTestId('finding-row').map((row) => row.textContent ?? '');
const opened = async (scenario: 'leak' | 'many' = 'leak', place = 'n-plus-one', overrides = {}) => {
  const host = await open(NPlusOnePage, scenario, place, overrides);
  await screen.findByTestId('findings');
  return host;
};

test('patterns, what gives most time back first, and the first in full', async () => {
  await opened();
  expect(rows()).toHaveLength(12);
  expect(rows()[0]).toContain('WHERE customer_id = $1');
  expect(rows()[1]).toContain('SELECT … FROM invoice_items');
  const panel = screen.getByTestId('findings').textContent;
  expect(panel).toContain('12 patterns');
  expect(panel).toContain('3 or more repeats in one unit of work');
  expect(panel).toContain('coverage 99.9% of lines');
  expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('96% grouped by request');
  expect(screen.getByTestId('figure-queries').textContent).toMatch(/22 → 2\s*queries per request/);
  expect(screen.getByTestId('figure-today').textContent).toContain('142 ms');
  expect(screen.getByTestId('figure-mended').textContent).toContain('≈ 14 ms');
  expect(screen.getByTestId('confidence').textContent).toBe('high confidence');
});

test('filters by words, route, table and kind', async () => {
  await opened();
  await fireEvent.input(screen.getByTestId('filter-text'), { target: { value: 'ZONE' } });
  expect(rows()).toHaveLength(1);
  expect(screen.getByTestId('filtered').textContent).toContain('1 pattern of 13 shown');
  await fireEvent.input(screen.getByTestId('filter-text'), { target: { value: 'zzz' } });
  expect(screen.getByTestId('findings').textContent).toContain('No pattern matches.');
  await fireEvent.input(screen.getByTestId('filter-text'), { target: { value: '' } });
  await choose('filter-kind', 'bulk_write');
  expect(rows()).toHaveLength(2);
  await choose('filter-kind', 'redundant');
  await choose('filter-table', 'feature_flags');
  expect(rows()).toHaveLength(1);
  await choose('filter-kind', '');
  await choose('filter-table', '');
  await choose('filter-route', 'GET /api/checkout');
  expect(rows()[0]).toContain('products');
});

test('the row that is chosen stands in the address, and the address chooses the row', async () => {
  await opened();
  await fireEvent.click(rowWith('finding-row', 'dns_records'));
  expect(location.place.params['replay']).toBe('7');
  expect(screen.getByTestId('finding-summary').textContent).toContain('dns_records by zone_id');
  await fireEvent.keyDown(rowWith('finding-row', 'dns_records'), { key: 'ArrowDown' });
  expect(screen.getByTestId('finding-summary').textContent).toContain('settings asked again');
  await choose('replay-choice', '6');
  expect(location.place).toEqual({ page: 'n-plus-one', params: { replay: '6' } });
  await waitFor(() => expect(rows().join()).toContain('certificates'));
});

test('ignoring asks for a reason; what is ignored is not counted, can be shown and heeded again', async () => {
  const host = await opened();
  const patternIgnore = vi.spyOn(host, 'patternIgnore');
  await fireEvent.click(screen.getByTestId('ignore'));
  await fireEvent.click(screen.getByTestId('ignore-confirm'));
  expect(screen.getByTestId('ignore-reason-error').textContent).toContain('Say why');
  expect(patternIgnore).not.toHaveBeenCalled();
  await fireEvent.input(screen.getByTestId('ignore-reason'), { target: { value: ' A nightly job ' } });
  await fireEvent.click(screen.getByTestId('ignore-confirm'));
  await waitFor(() => expect(rows()).toHaveLength(11));
  expect(patternIgnore).toHaveBeenCalledWith(expect.stringContaining('n_plus_one'), 'A nightly job');
  expect(screen.queryByTestId('ignore-dialog')).toBeNull();
  expect(screen.getByTestId('findings').textContent).toContain('11 patterns');

  await fireEvent.click(screen.getByTestId('filter-ignored'));
  expect(rows()).toHaveLength(13);
  await fireEvent.click(rowWith('finding-row', 'orders'));
  expect(screen.getByTestId('ignored-reason').textContent).toContain('A nightly job');
  expect(screen.queryByTestId('ignore')).toBeNull();
  await fireEvent.click(screen.getByTestId('heed'));
  await waitFor(() => expect(screen.getByTestId('findings').textContent).toContain('12 patterns'));
});

test('an ignored pattern that a link names is shown all the same', async () => {
  const countries = findingsOfReplay(0).find((finding) => finding.ignored) as NPlusOneFinding;
  await opened('leak', `n-plus-one?replay=7&pattern=${countries.id}`);
  expect(screen.getByTestId('ignored-reason').textContent).toContain('249 rows');
});

test('ignoring that fails keeps the dialog and says why', async () => {
  const patternIgnore = () => Promise.reject({ code: 'internal', message: 'Not written.', remedy: null });
  await opened('leak', 'n-plus-one', { patternIgnore });
  await fireEvent.click(screen.getByTestId('ignore'));
  await fireEvent.input(screen.getByTestId('ignore-reason'), { target: { value: 'x' } });
  await fireEvent.click(screen.getByTestId('ignore-confirm'));
  await waitFor(() => expect(screen.getByTestId('ignore-dialog').textContent).toContain('Not written.'));
});

test('two replays compared: new, worse, same, better, gone', async () => {
  await opened();
  await fireEvent.click(screen.getByTestId('compare-with'));
  await fireEvent.click(screen.getByTestId('compare-confirm'));
  const found = await screen.findAllByTestId('comparison-row');
  const change = (text: string) => found.find((one) => one.textContent?.includes(text))?.textContent ?? '';
  expect(screen.getByTestId('change-counts').textContent).toContain('1 new');
  expect(found[0]?.textContent).toContain('new');
  expect(change('orders by customer_id')).toMatch(/worse.*7,282 → 18,204/s);
  expect(change('certificates by domain')).toMatch(/gone.*1,204 → –/s);
  await fireEvent.click(screen.getByTestId('swap'));
  expect(location.place.params).toEqual({ replay: '6', before: '7' });
  await waitFor(() => expect(screen.getByTestId('change-counts').textContent).toContain('1 better'));
  const gone = screen.getAllByTestId('comparison-row').at(-1) as HTMLElement;
  expect(within(gone).getByRole('link').getAttribute('href')).toContain('replay=7');
  await fireEvent.click(screen.getByTestId('end-comparison'));
  expect(await screen.findByTestId('findings')).toBeTruthy();
});

test('a comparison with what was removed says so', async () => {
  await open(NPlusOnePage, 'leak', 'n-plus-one?replay=7&before=99');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('not kept any more');
});

test('hundreds of patterns are not all drawn', async () => {
  await opened('many');
  expect(screen.getByTestId('findings').textContent).toContain('260 patterns');
  expect(screen.getAllByTestId('finding-row').length).toBeLessThan(60);
});

test('no replay, no pattern, all ignored', async () => {
  await open(NPlusOnePage, 'first-start', 'n-plus-one');
  await fireEvent.click(screen.getByTestId('go-replay'));
  expect(location.place).toEqual({ page: 'replay', params: { add: 'yes' } });
  document.body.replaceChildren();
  await open(NPlusOnePage, 'calm', 'n-plus-one');
  await screen.findByTestId('no-patterns');
  expect(said('no-patterns')).toContain('No statement ran 3 or more times in one request');
  expect(said('no-patterns')).toContain('100% of the log’s lines understood');
  document.body.replaceChildren();
  await open(NPlusOnePage, 'ignored', 'n-plus-one');
  expect((await screen.findByTestId('all-ignored')).textContent).toContain('All 13 patterns are ignored');
  await fireEvent.click(screen.getByTestId('show-all-ignored'));
  expect(rows()).toHaveLength(13);
});

test('partial, still reading, failed, loading and failing', async () => {
  await open(NPlusOnePage, 'partial', 'n-plus-one');
  expect((await screen.findByTestId('partial')).textContent).toContain('cancelled after');
  document.body.replaceChildren();
  await open(NPlusOnePage, 'replaying', 'n-plus-one?replay=8');
  expect(screen.getByTestId('running')).toBeTruthy();
  document.body.replaceChildren();
  await open(NPlusOnePage, 'leak', 'n-plus-one?replay=3');
  expect(screen.getByTestId('replay-failed')).toBeTruthy();
  document.body.replaceChildren();
  await open(NPlusOnePage, 'loading', 'n-plus-one');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(NPlusOnePage, 'error', 'n-plus-one');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('Check the disk');
});
