// The script of what is ticked: apply, roll back, migrations; saved, copied, and when it fails.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { openAdvice } from '../../../test/advice';
import { choose, said } from '../../../test/page';
import { createMock } from '../../api/mock';

const writeText = vi.fn(async (_text: string) => {});
beforeEach(() => {
  writeText.mockClear();
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
});

test('apply, roll back, and the migration of a framework, each file under its path', async () => {
  const adviceScript = vi.fn(createMock('leak').adviceScript);
  await openAdvice('leak', { adviceScript });
  await waitFor(() => expect(said('script')).toContain('CREATE INDEX CONCURRENTLY IF NOT EXISTS'));
  await fireEvent.click(screen.getByTestId('script-tab-roll_back'));
  await waitFor(() =>
    expect(said('script')).toContain('DROP INDEX CONCURRENTLY IF EXISTS public.idx_customers'),
  );
  expect(adviceScript.mock.lastCall?.[2]).toBe('roll_back');
  await fireEvent.click(screen.getByTestId('script-tab-migration'));
  await choose('migration-tool', 'flyway');
  await waitFor(() => expect(screen.getAllByTestId('script-file')).toHaveLength(2));
  expect(said('script')).toContain('sql/V20261122100000__indexes.sql.conf');
  await choose('migration-tool', 'golang_migrate');
  await waitFor(() => expect(screen.getByTestId('script-all').textContent).toBe('Show all 12 files'));
  expect(screen.getAllByTestId('script-file')).toHaveLength(6);
  await fireEvent.click(screen.getByTestId('script-all'));
  expect(screen.getAllByTestId('script-file')).toHaveLength(12);
});

test('saving asks for the kind that is shown and says where it lies; cancelling says nothing', async () => {
  const adviceSaveScript = vi.fn<() => Promise<string | null>>(async () => '/home/dba/indexes.sql');
  await openAdvice('leak', { adviceSaveScript });
  await fireEvent.click(await screen.findByTestId('script-tab-roll_back'));
  await fireEvent.click(await screen.findByTestId('script-save'));
  expect(adviceSaveScript).toHaveBeenCalledWith(
    '12',
    { create: expect.any(Array), drop: ['public.idx_orders_customer', 'public.idx_mail_tmp_ccnew'] },
    'roll_back',
  );
  expect((await screen.findByTestId('script-save-written')).textContent).toContain('/home/dba/indexes.sql');
  await fireEvent.click(screen.getByTestId('export-sql'));
  expect(adviceSaveScript).toHaveBeenLastCalledWith('12', expect.anything(), 'apply');
  adviceSaveScript.mockResolvedValueOnce(null);
  await fireEvent.click(screen.getByTestId('script-save'));
  await waitFor(() => expect(screen.queryByTestId('script-save-written')).toBeNull());
  adviceSaveScript.mockRejectedValueOnce({ code: 'internal', message: 'The disk is full.', remedy: null });
  await fireEvent.click(screen.getByTestId('script-save'));
  expect((await screen.findByTestId('script-save-problem')).textContent).toContain('The disk is full.');
});

test('copying takes the whole script', async () => {
  await openAdvice();
  await fireEvent.click(await screen.findByTestId('script-copy'));
  expect(writeText).toHaveBeenCalledWith(expect.stringContaining("SET lock_timeout = '2s';"));
});

test('loading and failing are told; trying again helps', async () => {
  const refused = { code: 'internal', message: 'The script could not be written.', remedy: null };
  const adviceScript = vi.fn(createMock('leak').adviceScript).mockRejectedValueOnce(refused);
  await openAdvice('leak', { adviceScript });
  expect((await screen.findByTestId('script-problem')).textContent).toContain('could not be written');
  expect(screen.queryByTestId('script-save')).toBeNull();
  await fireEvent.click(screen.getByText('Try again'));
  expect(await screen.findByTestId('script-save')).toBeTruthy();
  document.body.replaceChildren();
  await openAdvice('leak', { adviceScript: () => new Promise(() => {}) });
  expect(screen.getByTestId('script-loading')).toBeTruthy();
});
