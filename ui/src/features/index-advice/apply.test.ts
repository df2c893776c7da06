// Applying: what is said first, the name that has to be typed, what is sent, and when it cannot be.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { openAdvice, told } from '../../../test/advice';
import { said, type } from '../../../test/page';
import { buildsOf } from '../../api/fixtures/buildList';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { applyObstacle, lockWords } from './apply';

const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);
const link = (id: string) => screen.getByTestId(id).querySelector('a')?.getAttribute('href');

test('says what is created and dropped, where, and what waits', async () => {
  await openAdvice();
  await fireEvent.click(button('apply'));
  expect(said('apply-dialog')).toContain('billing on billing-db, console@billing-db.internal:5432/billing');
  expect(said('apply-dialog')).toContain('PostgreSQL 16.4');
  expect(said('apply-creates')).toMatch(
    /idx_customers_tenant_id_email.*customers \(tenant_id, email\).*about 11 MB/,
  );
  expect(said('apply-drops')).toMatch(/idx_orders_customer.*redundant.*410 MB back/);
  expect(said('locks')).toContain('Reads and writes go on while an index is built');
  expect(button('apply-confirm').textContent).toBe('Create 4, drop 2');
});

test('only the very name of the database lets it begin; the request carries it and the ticks', async () => {
  const indexBuildStart = vi.fn(createMock('leak').indexBuildStart);
  await openAdvice('leak', { indexBuildStart });
  await fireEvent.click(button('apply'));
  for (const wrong of ['', 'bill', 'Billing', 'billing ', 'billing-db']) {
    await type('apply-name', wrong);
    expect(button('apply-confirm').disabled, wrong).toBe(true);
    const told = screen.queryByTestId('apply-name-error')?.textContent ?? null;
    expect(told, wrong).toBe('billing'.startsWith(wrong) ? null : 'This is not the name of the database.');
    await fireEvent.submit(screen.getByTestId('apply-name').closest('form') as HTMLFormElement);
  }
  expect(indexBuildStart).not.toHaveBeenCalled();
  await type('apply-name', 'billing');
  expect(button('apply-confirm').disabled).toBe(false);
  await fireEvent.submit(screen.getByTestId('apply-name').closest('form') as HTMLFormElement);
  expect(indexBuildStart).toHaveBeenCalledWith({
    advice: '12',
    choice: { create: expect.any(Array), drop: ['public.idx_orders_customer', 'public.idx_mail_tmp_ccnew'] },
    database: 'billing',
  });
  expect(indexBuildStart.mock.lastCall?.[0].choice.create).toHaveLength(4);
  await waitFor(() => expect(screen.queryByTestId('apply-dialog')).toBeNull());
  expect(said('build')).toContain('Applying to billing');
  expect(button('apply').disabled).toBe(true);
  expect(said('apply-note')).toContain('Indexes are being built on billing-db');
});

test('a refusal is told in the dialog, which stays', async () => {
  const refused = {
    code: 'permission',
    message: 'console does not own orders.',
    remedy: 'GRANT shop TO console;',
  };
  await openAdvice('leak', { indexBuildStart: () => Promise.reject(refused) });
  await fireEvent.click(button('apply'));
  await type('apply-name', 'billing');
  await fireEvent.click(button('apply-confirm'));
  expect((await screen.findByTestId('apply-problem')).textContent).toContain('GRANT shop TO console;');
  expect(button('apply-confirm').disabled).toBe(false);
});

test('a source that does not allow it, with the way to its form', async () => {
  await openAdvice('degraded');
  expect(button('apply').disabled).toBe(true);
  expect(said('apply-note')).toContain('billing-db does not allow the console to create and drop indexes.');
  expect(link('apply-note')).toBe('#/sources?source=billing-db&edit=yes');
});

test('advice without a database, with the way to ask one', async () => {
  await openAdvice('log-alone');
  expect(button('apply').disabled).toBe(true);
  expect(said('apply-note')).toContain('none to apply it to');
  expect(link('apply-note')).toBe('#/index-advice?advice=12&add=database');
});

test('nothing ticked', async () => {
  const none = told(({ create, drop }) => ({
    create: create.map((one) => ({ ...one, selected: false })),
    drop: drop.map((one) => ({ ...one, selected: false })),
  }));
  await openAdvice('leak', { adviceReport: none });
  expect(button('apply').disabled).toBe(true);
  expect(said('apply-note')).toContain('Tick an index first.');
});

test('a source that was removed, or that another advice is being applied to', async () => {
  await openAdvice();
  const advice = await createMock('leak').adviceReport('12');
  const all = { create: advice.create.map(({ id }) => id), drop: [] };
  const sources = live.sources ?? [];
  expect(applyObstacle(advice, all, [], [])?.reason).toContain('was removed');
  expect(applyObstacle(advice, all, sources, [])).toBeNull();
  const running = buildsOf('building', Date.now()).map((build) => ({ ...build, advice: '11' }));
  expect(applyObstacle(advice, all, sources, running)?.link?.href).toBe('#/index-advice?advice=11');
});

test('locks of what is there only', async () => {
  const { create, drop } = await createMock('leak').adviceReport('12');
  const plain = { create: create.filter(({ partitions }) => partitions.length === 0), drop: [] };
  expect(lockWords(plain)).toHaveLength(1);
  expect(lockWords({ create, drop: [] }).join()).toContain('On a table with partitions');
  const parted = drop.map((one) => ({
    ...one,
    definition: 'CREATE INDEX a ON ONLY public.t USING btree (b)',
  }));
  expect(lockWords({ create: [], drop: parted })).toHaveLength(1);
  expect(lockWords({ create: [], drop: parted })[0]).toContain('reads and writes of all of them wait');
  expect(lockWords({ create: [], drop })[0]).toContain('Dropping waits');
});
