// Replays run, are cancelled, kept, compared, exported and removed; what each read and found is told in every state.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { said } from '../../../test/page';
import { runningReplay } from '../../api/fixtures/replayList';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import { intake } from './intake.svelte';
import ReplayPage from './ReplayPage.svelte';
import { progressWords } from './replay.svelte';
import { emptyFields, requestOf } from './replayForm';
import { groupedWords, wordsFor } from './units';

afterEach(() => intake.reset());

test('a running replay tells how far and how fast, is cancelled, and is then partial', async () => {
  const replayCancel = vi.fn(async () => {});
  await open(ReplayPage, 'leak', 'replay?replay=50', {
    replaysList: async () => [runningReplay('50', 1024 ** 2)],
    replayCancel,
  });
  expect(screen.getByTestId('progress').getAttribute('aria-valuenow')).toBe('25');
  live.receive([{ type: 'replay_changed', replay: runningReplay('50', 3 * 1024 ** 2) }]);
  await waitFor(() => expect(screen.getByTestId('progress').getAttribute('aria-valuenow')).toBe('75'));
  expect(screen.getByTestId('progress-words').textContent).toMatch(
    /3 MB of 4 MB.*1 MB\/s.*1,200 statements.*3 s left/,
  );
  await fireEvent.click(screen.getByTestId('replay-cancel'));
  expect(replayCancel).toHaveBeenCalledWith('50');
  expect(screen.getByTestId<HTMLButtonElement>('replay-cancel').disabled).toBe(true);
});

test('a replay that is started in the mock ends with its report', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const host = await open(ReplayPage, 'first-start', 'replay');
    await host.onEvents((events) => live.receive(events));
    const { id } = await host.replayStart(requestOf(['api.log'], emptyFields()));
    location.go('replay', { replay: id });
    expect(await screen.findByTestId('running')).toBeTruthy();
    vi.advanceTimersByTime(15_000);
    expect(await screen.findByTestId('coverage')).toBeTruthy();
    expect(screen.queryByTestId('partial')).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test('an opened replay: figures, coverage with the settings that mend it, the pool, what mPanel said', async () => {
  await open(ReplayPage, 'leak', 'replay?replay=7');
  expect((await screen.findByTestId('figure-statements')).textContent).toContain('4,110,332');
  expect(screen.getByTestId('coverage-share').textContent).toContain('99.9%');
  expect(said('coverage')).toContain('388 no line of this format');
  expect(screen.getByTestId('grouped-by').textContent).toMatch(/request\s+96%/);
  const gaps = screen.getAllByTestId('coverage-gap-remedy');
  expect(gaps[0]?.textContent).toContain('log_min_duration_statement = 0');
  expect(within(gaps[0] as HTMLElement).getByRole('button').textContent).toContain('Copy');
  expect(screen.getByTestId('pool-forecast').textContent).toContain('12 connections carry this load');
  expect(Number(screen.getByTestId('chart-in-use').dataset['points'])).toBeGreaterThan(100);
  expect(screen.getByTestId('own-reports').textContent).toContain('Potential memory leak');
  expect(screen.getByTestId('to-findings').getAttribute('href')).toBe('#/n-plus-one?replay=7');
  expect(screen.getByTestId('to-queries').getAttribute('href')).toBe('#/queries?replay=7');
  expect(screen.getByTestId('to-advice').getAttribute('href')).toBe('#/index-advice?add=yes&replay=7');
  expect(screen.queryByTestId('limit')).toBeNull();
});

test('a cancelled one says how much its figures are of; a bound that was reached is told', async () => {
  await open(ReplayPage, 'partial', 'replay?replay=8');
  expect((await screen.findByTestId('partial')).textContent).toMatch(
    /cancelled after 891 MB, at .* of the log/,
  );
  document.body.replaceChildren();
  await open(ReplayPage, 'many', 'replay?replay=7');
  expect((await screen.findByTestId('limit')).textContent).toContain('A bound was reached. More than 5,000');
});

test('kept replays are listed with their state; removing asks first', async () => {
  const host = await open(ReplayPage, 'leak', 'replay');
  const replayRemove = vi.spyOn(host, 'replayRemove');
  const rows = screen.getAllByTestId('replay-row').map((row) => row.textContent);
  expect(rows.map((row) => row?.match(/done|partial|failed/)?.[0])).toEqual([
    'done',
    'done',
    'partial',
    'failed',
  ]);
  await fireEvent.click(screen.getAllByTestId('replay-remove')[1] as HTMLElement);
  expect(replayRemove).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId('remove-replay-confirm'));
  await waitFor(() => expect(screen.getAllByTestId('replay-row')).toHaveLength(3));
  expect(replayRemove).toHaveBeenCalledWith('6');
});

test('Enter opens the row; two replays are chosen to be compared', async () => {
  await open(ReplayPage, 'leak', 'replay');
  await fireEvent.click(screen.getByTestId('compare-open'));
  expect(screen.getByTestId<HTMLSelectElement>('compare-before').value).toBe('6');
  await fireEvent.change(screen.getByTestId('compare-before'), { target: { value: '7' } });
  expect(screen.getByTestId<HTMLButtonElement>('compare-confirm').disabled).toBe(true);
  await fireEvent.change(screen.getByTestId('compare-after'), { target: { value: '4' } });
  await fireEvent.click(screen.getByTestId('compare-confirm'));
  expect(location.place).toEqual({ page: 'n-plus-one', params: { replay: '4', before: '7' } });
  location.go('replay');
  await screen.findAllByTestId('replay-row');
  await fireEvent.keyDown(screen.getAllByTestId('replay-row')[1] as HTMLElement, { key: 'Enter' });
  expect(location.place.params).toEqual({ replay: '6' });
});

test('a report is written in the form that is asked for, and the page says where', async () => {
  const replayExport = vi.fn<() => Promise<string | null>>(async () => '/home/dba/report.sarif');
  await open(ReplayPage, 'leak', 'replay?replay=7', { replayExport });
  await fireEvent.click(screen.getByTestId('export'));
  await fireEvent.click(screen.getByTestId('export-sarif'));
  expect(replayExport).toHaveBeenCalledWith('7', 'sarif');
  expect((await screen.findByTestId('export-written')).textContent).toContain('/home/dba/report.sarif');
  replayExport.mockResolvedValueOnce(null);
  await fireEvent.click(screen.getByTestId('export'));
  await fireEvent.click(screen.getByTestId('export-html'));
  await waitFor(() => expect(screen.queryByTestId('export-written')).toBeNull());
  replayExport.mockRejectedValueOnce({ code: 'internal', message: 'The disk is full.', remedy: null });
  await fireEvent.click(screen.getByTestId('export'));
  await fireEvent.click(screen.getByTestId('export-text'));
  expect((await screen.findByTestId('export-problem')).textContent).toContain('The disk is full.');
});

test('a failed one says why, and can be replayed again with its options', async () => {
  await open(ReplayPage, 'leak', 'replay?replay=3');
  expect(screen.getByTestId('replay-failed').textContent).toContain('input/output error');
  expect(screen.queryByTestId('export')).toBeNull();
  await fireEvent.click(screen.getByTestId('replay-again'));
  expect((await screen.findByTestId('preview-file')).textContent).toContain('/var/log/postgresql/notes.txt');
});

test('removed, loading and failing are states of their own', async () => {
  await open(ReplayPage, 'leak', 'replay?replay=99');
  expect(screen.getByTestId('replay-gone')).toBeTruthy();
  document.body.replaceChildren();
  await open(ReplayPage, 'loading', 'replay?replay=7');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(ReplayPage, 'error', 'replay?replay=7');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
});

test('words', () => {
  expect(progressWords({ type: 'done' })).toEqual([]);
  expect(
    progressWords({
      type: 'running',
      progress: {
        bytes_read: 1024,
        bytes_total: null,
        statements: 1,
        bytes_per_second: 0,
        seconds_left: null,
      },
    }),
  ).toEqual(['1 kB', '1 statements']);
  expect(groupedWords([])).toBe('nothing to group');
  expect(
    groupedWords([
      { unit: 'request', count: 5 },
      { unit: 'session', count: 0 },
    ]),
  ).toBe('grouped by request');
  expect(
    groupedWords([
      { unit: 'session', count: 1 },
      { unit: 'trace', count: 3 },
    ]),
  ).toBe('75% grouped by trace');
  expect(
    wordsFor([
      { unit: 'session', count: 1 },
      { unit: 'trace', count: 3 },
    ]).one,
  ).toBe('unit of work');
});
