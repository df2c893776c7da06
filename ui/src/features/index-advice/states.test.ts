// The page without a result, with part of one, and with less than it could have.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { openAdvice, told } from '../../../test/advice';
import { open } from '../../../test/open';
import { said } from '../../../test/page';
import { runningAdvice } from '../../api/fixtures/adviceList';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import IndexAdvicePage from './IndexAdvicePage.svelte';

test('running tells the step, what was asked, the best so far, and is cancelled', async () => {
  const adviceCancel = vi.fn(async () => {});
  await open(IndexAdvicePage, 'leak', 'index-advice?advice=50', {
    adviceList: async () => [runningAdvice('50', { step: 'catalog', seconds: 0.6 })],
    adviceCancel,
  });
  expect(screen.getByTestId('progress').getAttribute('aria-valuenow')).toBeNull();
  expect(screen.queryByTestId('best-so-far')).toBeNull();
  const step = () => screen.getByTestId('advice-steps').querySelector('[aria-current]')?.textContent;
  expect(step()).toBe('Reading the catalog');
  const progress = { step: 'choosing', seconds: 4.1, candidates: 212, what_if_calls: 1240 } as const;
  const best = { cost_before: 1000, cost_best: 370, indexes_best: 5 };
  live.receive([{ type: 'advice_changed', advice: runningAdvice('50', { ...progress, ...best }) }]);
  await waitFor(() => expect(step()).toBe('Choosing'));
  expect(screen.getByTestId('progress').getAttribute('aria-valuenow')).toBe('41');
  expect(said('best-so-far').trim()).toBe('−63% with 5 indexes so far');
  expect(said('progress-words')).toMatch(/1,240 what-if calls.*212 indexes considered.*4.1 s of 10 s/);
  await fireEvent.click(screen.getByTestId('advice-cancel'));
  expect(adviceCancel).toHaveBeenCalledWith('50');
  expect(screen.getByTestId<HTMLButtonElement>('advice-cancel').disabled).toBe(true);
});

test('an advice that is asked for ends with its result; the one before stays in view meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const host = await openAdvice();
    await host.onEvents((events) => live.receive(events));
    const { request } = (await host.adviceList())[0] ?? {};
    if (!request) throw new Error('the scenario has advice');
    const { id } = await host.adviceStart(request);
    await waitFor(() =>
      expect(within(screen.getByTestId('running')).getByRole('link').getAttribute('href')).toContain(id),
    );
    expect(screen.getByTestId('create')).toBeTruthy();
    location.go('index-advice', { advice: id });
    await waitFor(() => expect(screen.queryByTestId('create')).toBeNull());
    vi.advanceTimersByTime(11_000);
    expect(await screen.findByTestId('create')).toBeTruthy();
    expect(screen.queryByTestId('running')).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test('failed says why and what to do, and tries the same again', async () => {
  const adviceStart = vi.fn(createMock('dead').adviceStart);
  await open(IndexAdvicePage, 'dead', 'index-advice', { adviceStart });
  expect(said('advice-failed')).toContain('refused the connection');
  expect(said('advice-failed')).toContain('listen_addresses');
  expect(screen.queryByTestId('export-sql')).toBeNull();
  await fireEvent.click(screen.getByText('Try again'));
  expect(adviceStart).toHaveBeenCalledWith(expect.objectContaining({ source: 'billing-db' }));
  expect(await screen.findByTestId('running')).toBeTruthy();
});

test('none yet: says what it does and offers to begin; without a database how to add one', async () => {
  await open(IndexAdvicePage, 'empty', 'index-advice');
  expect(said('no-advice')).toContain('hypothetical indexes');
  expect(screen.queryByTestId('no-database')).toBeNull();
  await fireEvent.click(screen.getByTestId('advice-begin'));
  expect(await screen.findByTestId('advice-dialog')).toBeTruthy();
  document.body.replaceChildren();
  await open(IndexAdvicePage, 'first-start', 'index-advice');
  expect(said('no-database')).toContain('Add one on the Sources page');
  await fireEvent.click(screen.getByTestId('add-database'));
  expect(location.place).toEqual({ page: 'sources', params: { add: 'yes' } });
});

test('from the log alone: said once, sizes and existing indexes are not known', async () => {
  await openAdvice('log-alone');
  expect(said('log-alone')).toContain('no database was asked');
  expect(said('create')).toContain('estimated cost');
  expect(said('create-size')).toContain('size not known');
  expect(said('drop-unknown')).toContain('not known without a database');
  expect(screen.getAllByTestId('create-row').every((row) => row.textContent?.includes('estimated'))).toBe(
    true,
  );
  await fireEvent.click(screen.getByTestId('ask-database'));
  expect((await screen.findByTestId<HTMLSelectElement>('database')).value).toBe('billing-db');
});

test('what is missing on the server is told with the command that mends it', async () => {
  await openAdvice('degraded');
  const lacks = screen.getAllByTestId('lack');
  expect(lacks).toHaveLength(2);
  expect(lacks[0]?.textContent).toContain('CREATE EXTENSION hypopg;');
  expect(within(lacks[0] as HTMLElement).getByText('Copy')).toBeTruthy();
  expect(said('more-lacks')).toContain('GRANT pg_read_all_stats TO console;');
});

test('partial, whether it was cancelled or its time was up', async () => {
  await openAdvice('partial');
  expect(said('partial')).toContain('it was cancelled after 6.4 s');
  document.body.replaceChildren();
  await openAdvice('leak', { adviceReport: told(() => ({ partial: true })) });
  expect(said('partial')).toContain('its time was up after 6.4 s');
});

test('nothing to create says what was checked', async () => {
  await openAdvice('calm');
  expect(said('nothing-found')).toContain('All 47 statements are served by existing indexes');
  expect(said('nothing-found')).toContain('6 indexes were considered');
  expect(said('drop-none')).toContain('None of the 341 existing indexes');
  expect(screen.queryByTestId('script')).toBeNull();
  document.body.replaceChildren();
  const unused = told((advice) => ({ create: [], workload: { ...advice.workload, statements_used: 0 } }));
  await openAdvice('leak', { adviceReport: unused });
  expect(said('nothing-found')).toContain('No statement was left to look at');
  expect(said('nothing-found')).toContain('29 ran less than 5 times');
  expect(said('drop-detail')).toContain('idx_orders_customer');
});

test('removed, loading and failing to load are states of their own', async () => {
  await open(IndexAdvicePage, 'leak', 'index-advice?advice=99');
  expect(screen.getByTestId('advice-gone')).toBeTruthy();
  document.body.replaceChildren();
  await open(IndexAdvicePage, 'loading', 'index-advice');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(IndexAdvicePage, 'error', 'index-advice');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
});

test('removing asks first, and shows the next one', async () => {
  const host = await openAdvice();
  const adviceRemove = vi.spyOn(host, 'adviceRemove');
  await fireEvent.click(screen.getByTestId('advice-remove'));
  expect(adviceRemove).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId('remove-advice-confirm'));
  await waitFor(() => expect(screen.getAllByTestId('create-row')).toHaveLength(5));
  expect(adviceRemove).toHaveBeenCalledWith('12');
  expect(screen.queryByTestId('remove-advice-dialog')).toBeNull();
});
