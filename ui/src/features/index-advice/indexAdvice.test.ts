// One advice: its lists, ticks and sums, the open row, the budget, and what is exported.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { openAdvice, ticks, told } from '../../../test/advice';
import { choose, rowWith, said } from '../../../test/page';
import { createMock } from '../../api/mock';
import { location } from '../../app/location.svelte';

// Remembered choices outlive a test; their place is read once, so they are undone as a person would.
beforeEach(() => location.go('index-advice'));

const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);

async function undoTicks(): Promise<void> {
  const back = screen.queryByTestId('own-choice');
  if (back) await fireEvent.click(back);
}

test('suggestions with gain, size, write cost and evidence; the first in full', async () => {
  await openAdvice();
  expect(screen.getByRole('heading', { level: 1 }).textContent).toContain(
    'billing-db, from 24 h of statements',
  );
  expect(said('create')).toContain('8 suggestions, workload cost −71% with the 4 selected');
  expect(said('create-size')).toContain('45 MB of 200 MB');
  const row = rowWith('create-row', 'customers').textContent;
  for (const part of [
    '(tenant_id, email)',
    '23 statements',
    'high',
    '157.5 ms → 0.4 ms',
    '11 MB',
    '0.8%',
    'verified',
  ])
    expect(row).toContain(part);
  expect(rowWith('create-row', 'brin').textContent).toMatch(/12,400 → 813.*cost units/);
  expect(rowWith('create-row', 'brin').textContent).toContain('1 slower');
  expect(ticks('create')).toEqual([true, true, true, false, true, false, false, false]);
  expect(within(screen.getByTestId('suggestion-detail')).getByText('tenant_id').tagName).toBe('CODE');
  expect(Number(screen.getByTestId('chart-mean').dataset['points'])).toBe(96);
  expect(said('drop')).toContain('3 indexes nobody needs');
  expect(said('drop-size')).toContain('422 MB back');
});

test('ticking changes the sums, the button and the script; the cost is not invented', async () => {
  const adviceScript = vi.fn(createMock('leak').adviceScript);
  await openAdvice('leak', { adviceScript });
  expect(button('export-sql').textContent).toBe('Export 6 as SQL');
  await waitFor(() => expect(said('script')).toContain('idx_customers_tenant_id_email'));
  expect(screen.queryByTestId('own-ticks')).toBeNull();

  await fireEvent.click(screen.getAllByTestId('tick-create')[0] as HTMLElement);
  expect(said('create')).toContain('8 suggestions, 3 ticked');
  expect(said('create')).not.toContain('with the 4 selected');
  expect(said('own-ticks')).toContain('Workload cost −71% is of the 4 that the console chose');
  expect(said('create-size')).toContain('34 MB of 200 MB');
  expect(button('export-sql').textContent).toBe('Export 5 as SQL');
  await waitFor(() => expect(said('script')).not.toContain('idx_customers_tenant_id_email'));
  const [, last] = adviceScript.mock.lastCall ?? [];
  expect(last?.create).toHaveLength(3);
  expect(last?.drop).toEqual(['public.idx_orders_customer', 'public.idx_mail_tmp_ccnew']);

  await fireEvent.click(screen.getAllByTestId('tick-create')[3] as HTMLElement);
  expect(said('create-size')).toContain('224 MB of 200 MB over budget');
  await fireEvent.click(screen.getAllByTestId('tick-drop')[1] as HTMLElement);
  expect(said('drop-size')).toContain('612 MB back');
  await fireEvent.click(screen.getByTestId('own-choice'));
  expect(ticks('create')[0]).toBe(true);
  expect(button('export-sql').textContent).toBe('Export 6 as SQL');
});

test('what is ticked and which row is open are remembered for this advice alone', async () => {
  await openAdvice();
  await fireEvent.click(rowWith('create-row', 'domains'));
  await fireEvent.click(screen.getAllByTestId('tick-create')[1] as HTMLElement);
  // Ticking does not open a row.
  expect(said('suggestion-detail')).toContain('domains (lower(name))');
  document.body.replaceChildren();
  await openAdvice();
  expect(said('suggestion-detail')).toContain('domains (lower(name))');
  expect(ticks('create')[1]).toBe(false);
  await choose('advice-choice', '11');
  await waitFor(() => expect(screen.getAllByTestId('create-row')).toHaveLength(5));
  expect(said('suggestion-detail')).toContain('customers');
  expect(ticks('create')[1]).toBe(true);
  await choose('advice-choice', '12');
  await waitFor(() => expect(screen.getAllByTestId('create-row')).toHaveLength(8));
  await undoTicks();
});

test('the keyboard: arrows open the next row, Space ticks it, heads sort', async () => {
  await openAdvice();
  const first = screen.getAllByTestId('create-row')[0] as HTMLElement;
  await fireEvent.keyDown(first, { key: 'ArrowDown' });
  expect(said('suggestion-detail')).toContain('orders (customer_id)');
  await fireEvent.keyDown(screen.getAllByTestId('create-row')[1] as HTMLElement, { key: ' ' });
  expect(ticks('create')[1]).toBe(false);
  await fireEvent.keyDown(screen.getAllByTestId('drop-row')[0] as HTMLElement, { key: 'Enter' });
  expect(said('drop-detail')).toContain('idx_orders_customer');
  await fireEvent.click(within(screen.getByTestId('create')).getByRole('button', { name: /^Priority/ }));
  const order = screen
    .getAllByTestId('create-row')
    .map((row) => /high|medium|low(?!er)/.exec(row.textContent ?? '')?.[0]);
  expect(order).toEqual(['high', 'high', 'high', 'medium', 'medium', 'medium', 'low', 'low']);
  await fireEvent.click(within(screen.getByTestId('create')).getByRole('button', { name: /^Size/ }));
  expect(screen.getAllByTestId('create-row')[0]?.textContent).toContain('usage_records');
  await undoTicks();
});

test('a suggestion tells whom it serves and whom it slows; a drop what it is today', async () => {
  await openAdvice();
  await fireEvent.click(rowWith('create-row', 'customers'));
  expect(within(screen.getByTestId('serves')).getAllByTestId('served-row')).toHaveLength(5);
  await fireEvent.click(screen.getByTestId('serves-all'));
  const served = within(screen.getByTestId('serves')).getAllByTestId('served-row');
  expect(served).toHaveLength(23);
  expect(served[0]?.textContent).toMatch(/ms → .* ms.*→ 8.3 cost/);
  expect(
    within(served[0] as HTMLElement)
      .getByRole('link')
      .getAttribute('href'),
  ).toMatch(/^#\/queries\?replay=7&query=/);
  expect(screen.queryByTestId('worsens')).toBeNull();
  await fireEvent.click(rowWith('create-row', 'brin'));
  expect(said('worsens')).toContain('UPDATE sessions');
  expect(said('worsens')).toContain('8.4 → 8.9 cost');
  expect(screen.queryByTestId('chart-mean')).toBeNull();
  expect(said('write-cost')).toContain('counters of this table were reset');
  await fireEvent.click(rowWith('create-row', 'orders'));
  expect(said('suggestion-facts')).toContain('idx_orders_customer_hash');
  await fireEvent.click(rowWith('drop-row', 'idx_sessions_ip'));
  expect(said('drop-detail')).toContain('0 scans in 94 days');
  expect(said('drop-definition')).toContain('CREATE INDEX idx_sessions_ip ON public.sessions');
  expect(said('notes')).toContain('once a year');
});

test('what was left out is narrowed by words and by reason', async () => {
  await openAdvice('many');
  expect(said('considered')).toContain('2,000 indexes');
  expect(screen.getAllByTestId('considered-row').length).toBeLessThan(60);
  await fireEvent.input(screen.getByTestId('considered-filter'), { target: { value: 'TENANT_020_PLANS' } });
  expect(screen.getAllByTestId('considered-row')).toHaveLength(1);
  expect(said('considered')).toContain('1 of 2,000');
  await choose('considered-code', 'covered');
  expect(said('considered')).toContain('Nothing that was left out matches.');
  expect(said('create')).toContain('300 suggestions');
  expect(screen.getAllByTestId('create-row').length).toBeLessThan(60);
});

test('few that were left out need no filter', async () => {
  await openAdvice();
  expect(screen.getAllByTestId('considered-row')).toHaveLength(6);
  expect(screen.queryByTestId('considered-filter')).toBeNull();
});

test('the report is written in the form that is asked for', async () => {
  const adviceExport = vi.fn(async () => '/home/dba/advice.md');
  await openAdvice('leak', { adviceExport });
  await fireEvent.click(screen.getByTestId('export'));
  await fireEvent.click(screen.getByTestId('export-markdown'));
  expect(adviceExport).toHaveBeenCalledWith('12', 'markdown');
  expect((await screen.findByTestId('export-written')).textContent).toContain('/home/dba/advice.md');
});

test('what it rests on: the database, the statements used and left out, those that could not be planned', async () => {
  await openAdvice();
  expect(said('basis')).toContain('PostgreSQL 16.4');
  expect(said('left-out')).toContain('121 statements: faster than 100 ms');
  expect(said('unplanned')).toContain('3 statements could not be planned');
  expect(said('unplanned')).toContain('billing_age');
});

test('a suggestion for a foreign key may serve no statement of the workload', async () => {
  const alone = told(({ create }) => ({
    create: create
      .slice(0, 1)
      .map((one) => ({ ...one, serves: [], mean_ms_before: null, mean_ms_after: null })),
  }));
  await openAdvice('leak', { adviceReport: alone });
  await fireEvent.click(screen.getAllByTestId('create-row')[0] as HTMLElement);
  expect(screen.getAllByTestId('create-row')[0]?.textContent).toMatch(/no statement of the workload.*–/s);
  expect(screen.queryByTestId('serves')).toBeNull();
  expect(said('suggestion-facts')).toContain('about 11 MB');
});

test('nothing is selected, nothing is exported', async () => {
  const none = told(({ create, drop }) => ({
    create: create.map((one) => ({ ...one, selected: false })),
    drop: drop.map((one) => ({ ...one, selected: false })),
  }));
  await openAdvice('leak', { adviceReport: none });
  expect(button('export-sql').disabled).toBe(true);
  expect(button('export-sql').textContent).toBe('Export as SQL');
  expect(said('script-nothing')).toContain('Tick an index');
  expect(said('create')).toContain('none chosen');
});
