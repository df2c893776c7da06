// One pattern: its fixes, its kinds, why it is believed, how it ran, where it was seen.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { choose, rowWith, said } from '../../../test/page';
import NPlusOnePage from './NPlusOnePage.svelte';

const writeText = vi.fn(async (_text: string) => {});
beforeEach(() => {
  localStorage.clear();
  writeText.mockClear();
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
});

const opened = async () => {
  await open(NPlusOnePage, 'leak', 'n-plus-one');
  await screen.findByTestId('findings');
};

test('a fix is shown as what goes and what comes, several for SQL, and copied', async () => {
  await opened();
  const code = () => screen.getByTestId('fix-code').textContent;
  expect(code()).toContain('- SELECT * FROM orders WHERE customer_id = $1   -- 21 times');
  expect(code()).toContain('+ SELECT * FROM orders WHERE customer_id = ANY($1)');
  expect(screen.getByTestId('fix-notes').textContent).toContain('group the rows by customer_id');
  await choose('fix-choice', '1');
  expect(code()).toContain('+ LEFT JOIN orders c ON c.customer_id = p.id');
  await choose('fix-choice', '2');
  expect(code()).toContain('LATERAL');
  await fireEvent.click(screen.getByTestId('copy-fix'));
  await waitFor(() => expect(screen.getByTestId('copy-fix').textContent).toContain('Copied'));
  expect(writeText).toHaveBeenCalledWith(expect.stringMatching(/^SELECT p\.\*, c\.\*\nFROM customers p/));
});

test('the framework is chosen once and holds for the next pattern and the next window', async () => {
  await opened();
  await fireEvent.click(screen.getByTestId('fix-tab-data_loader'));
  expect(screen.getByTestId('fix-code').textContent).toContain('new DataLoader');
  await fireEvent.click(screen.getByTestId('fix-tab-orm'));
  await choose('fix-choice', 'django');
  expect(screen.getByTestId('fix-code').textContent).toContain('prefetch_related("orders")');
  await fireEvent.click(rowWith('finding-row', 'invoice_items'));
  expect(screen.getByTestId('fix-code').textContent).toContain('prefetch_related("invoice_items")');
  expect(localStorage.getItem('mpanel-console.framework')).toBe('django');
  await fireEvent.click(screen.getByTestId('fix-tab-sql'));
});

test('kinds have their own words; without a duration nothing is invented', async () => {
  await opened();
  await fireEvent.click(rowWith('finding-row', 'usage_records'));
  expect(screen.getByTestId('figure-queries').textContent).toContain('writes per transaction');
  expect(screen.getByTestId('runs').textContent).toContain('One transaction, as it ran');
  await fireEvent.click(rowWith('finding-row', 'mailboxes'));
  expect(screen.getAllByTestId('not-measured').map((part) => part.textContent)).toEqual([
    expect.stringContaining('not measured'),
    expect.stringContaining('when batched'),
  ]);
  expect(screen.getByTestId('runs-note').textContent).toContain('only where each began is drawn');
  expect(screen.queryByTestId('show-arithmetic')).toBeNull();
});

test('reasons for and against, and the arithmetic on demand', async () => {
  await opened();
  await fireEvent.click(screen.getByTestId('show-arithmetic'));
  expect(screen.getByTestId('arithmetic').textContent).toContain('× 18,204');
  await fireEvent.click(rowWith('finding-row', 'FROM plans'));
  const reasons = [...screen.getByTestId('reasons').querySelectorAll('li')];
  expect(reasons.filter((reason) => reason.dataset['against'] === 'true')).toHaveLength(2);
  expect(screen.getByTestId('finding-summary').textContent).toContain('Parameters were not recorded');
});

test('one request as it ran: the parent, its repetitions, what is not drawn, other examples', async () => {
  await opened();
  expect(screen.getAllByTestId('parent-bar')).toHaveLength(1);
  expect(screen.getAllByTestId('run-bar')).toHaveLength(16);
  expect(screen.getByTestId('runs-note').textContent).toContain('5 more executions not drawn');
  expect(screen.getByTestId('runs').textContent).toMatch(/21 ×\s*SELECT \* FROM orders/);
  await fireEvent.click(screen.getByTestId('example-2'));
  expect(screen.getByTestId('runs').textContent).toMatch(/27 ×/);
});

test('where it was seen, with the way to the figures of the statement', async () => {
  await opened();
  const facts = said('finding-facts');
  expect(facts).toContain('18,204 requests');
  expect(facts).toContain('SELECT * FROM customers LIMIT $1');
  expect(screen.getByTestId('to-query').getAttribute('href')).toMatch(
    /^#\/queries\?replay=7&query=[0-9a-f]{16}$/,
  );
});
