// Findings are listed open before past, explained, and muted.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { open } from '../../../test/open';
import type { Finding } from '../../api/generated/Finding';
import { findingsOf } from '../../api/fixtures/findings';
import { attention } from '../../app/live.svelte';
import { timeWindow } from '../../app/timeRange.svelte';
import AlertsPage from './AlertsPage.svelte';
import { findingState, muteUntil, ordered, UNTIL_IT_CLEARS } from './alerts.svelte';

test('open findings with evidence and remedy; past ones when the window reaches back', async () => {
  await open(AlertsPage, 'leak', 'alerts?finding=23');
  await waitFor(() => expect(screen.getAllByTestId('alert-row')).toHaveLength(3));
  expect(screen.getByTestId('alert-remedy').textContent).toContain('idle_in_transaction_session_timeout');
  expect(screen.getByTestId('alert-detail').textContent).toContain('pg_stat_activity');
  timeWindow.choose('6h');
  await waitFor(() => expect(screen.getAllByTestId('alert-row')).toHaveLength(4));
  expect(screen.getAllByTestId('alert-row').at(-1)?.textContent).toContain('ended');
});

test('a row that is clicked is the one explained', async () => {
  await open(AlertsPage, 'leak', 'alerts');
  const rows = await screen.findAllByTestId('alert-row');
  const saturation = rows.find((row) => row.dataset['row'] === '21');
  await fireEvent.click(saturation as HTMLElement);
  expect(screen.getByTestId('alert-detail').textContent).toContain('Pool near capacity');
});

test('nothing found is said as good news', async () => {
  await open(AlertsPage, 'degraded', 'alerts');
  expect(await screen.findByTestId('no-alerts')).toBeTruthy();
});

test('muted findings no longer ask for anyone, until the mute ends', () => {
  const [finding] = findingsOf('leak', 0) as [Finding];
  const muted = { ...finding, muted_until: 1000 };
  expect(attention([muted], 500)).toEqual([]);
  expect(attention([muted], 1500)).toEqual([muted]);
  expect(findingState(muted, 500).text).toBe('muted');
  expect([muteUntil('hour', 5), muteUntil('day', 5), muteUntil('cleared', 5)]).toEqual([
    3_600_005,
    86_400_005,
    UNTIL_IT_CLEARS,
  ]);
});

test('order: open by severity, then past by end', () => {
  const [base] = findingsOf('leak', 0) as [Finding];
  const list: Finding[] = [
    { ...base, id: 'past', cleared_at: 5 },
    { ...base, id: 'warning', severity: 'warning' },
    { ...base, id: 'later', cleared_at: 9 },
    { ...base, id: 'critical' },
  ];
  expect(ordered(list).map(({ id }) => id)).toEqual(['critical', 'warning', 'later', 'past']);
});
