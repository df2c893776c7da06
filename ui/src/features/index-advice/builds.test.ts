// Builds: how far, cancelled, failed, judged, rolled back, and those before.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { openAdvice } from '../../../test/advice';
import { said, type } from '../../../test/page';
import { buildsOf } from '../../api/fixtures/buildList';
import type { Scenario } from '../../api/fixtures/scenario';
import type { IndexBuildProgress } from '../../api/generated/IndexBuildProgress';
import type { IndexBuildStatus } from '../../api/generated/IndexBuildStatus';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { stepVerb, waitWords } from './builds';

const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);
const steps = () => screen.getAllByTestId('build-step').map(({ dataset }) => dataset['state']);

function buildIn(scenario: Scenario): IndexBuildStatus {
  const build = buildsOf(scenario, Date.now())[0];
  if (!build) throw new Error('the scenario has a build');
  return build;
}

/** The second step of a running build is that far. */
function at(build: IndexBuildStatus, progress: IndexBuildProgress | null): IndexBuildStatus {
  const step = build.steps[1];
  if (!step) throw new Error('the build has steps');
  return { ...build, steps: build.steps.with(1, { ...step, state: { type: 'running', progress } }) };
}

test('running: each step with its state, the phase, what it waits for; cancelled', async () => {
  const indexBuildCancel = vi.fn(async () => {});
  const build = buildIn('building');
  await openAdvice('leak', { indexBuildList: async () => [build], indexBuildCancel });
  expect(said('build')).toContain('Applying to billing');
  expect(steps()).toEqual(['done', 'running', 'waiting', 'waiting', 'waiting', 'waiting']);
  expect(said('build-steps')).toMatch(
    /Create idx_customers_tenant_id_email 4.1 s.*38%.*Drop idx_orders_customer waiting/,
  );
  expect(screen.getByTestId('step-progress').getAttribute('aria-valuenow')).toBe('38');
  expect(said('step-phase').trim()).toBe('Building index: scanning table');
  expect(said('progress-words')).toContain('1 of 6 done');
  const phase = {
    phase: 'waiting for writers before build',
    done_ratio: null,
    lockers_total: 3,
    lockers_done: 1,
  };
  live.receive([{ type: 'index_build_changed', build: at(build, phase) }]);
  await waitFor(() =>
    expect(said('step-phase').trim()).toBe('Waiting for writers before build, waits for 2 transactions'),
  );
  expect(screen.getByTestId('step-progress').getAttribute('aria-valuenow')).toBeNull();
  live.receive([{ type: 'index_build_changed', build: at(build, null) }]);
  await waitFor(() => expect(said('step-phase').trim()).toBe('Begun'));
  await fireEvent.click(button('build-cancel'));
  expect(indexBuildCancel).toHaveBeenCalledWith('3');
  expect(button('build-cancel').disabled).toBe(true);
});

test('cancelled and failed say what stays, and what was not begun', async () => {
  const [, cancelled] = buildsOf('building', Date.now());
  await openAdvice('leak', { indexBuildList: async () => (cancelled ? [cancelled] : []) });
  expect(said('build')).toContain('Applying to billing was cancelled');
  expect(said('build')).toContain('1 of 6 changes done');
  expect(said('build')).toContain('What was finished until then stays');
  expect(steps().slice(0, 3)).toEqual(['done', 'cancelled', 'waiting']);
  document.body.replaceChildren();
  await openAdvice('build-failed');
  expect(said('build')).toContain('Applying to billing failed');
  expect(said('build-problem')).toContain('orders could not be locked within 2 s');
  expect(screen.queryByTestId('step-problem')).toBeNull();
  expect(said('build-steps')).toContain('not begun');
  expect(button('roll-back').disabled).toBe(false);
});

test('judging compares: verdict, summary, each statement before and since', async () => {
  const done = { ...buildIn('applied'), judgement: null };
  const indexBuildJudge = vi.fn(async () => buildIn('applied'));
  await openAdvice('leak', { indexBuildList: async () => [done], indexBuildJudge });
  expect(said('not-judged')).toContain('Not compared yet');
  expect(screen.queryByTestId('verdict')).toBeNull();
  await fireEvent.click(button('judge'));
  expect(indexBuildJudge).toHaveBeenCalledWith('3');
  expect((await screen.findByTestId('verdict')).textContent).toBe('helped');
  expect(said('judgement')).toContain('take 0.4 ms instead of 151 ms');
  const rows = screen.getAllByTestId('judged-row');
  expect(rows).toHaveLength(3);
  expect(rows[0]?.textContent?.replaceAll(/\s+/g, ' ')).toMatch(
    /SELECT .*173.2 ms → 0.5 ms.*2,810 → 118 calls/,
  );
});

test('nothing ran since, or the server does not tell: both are said', async () => {
  const worse = buildIn('worse');
  const statements = (worse.judgement?.statements ?? []).map((one) => ({
    ...one,
    calls_after: 0,
    mean_ms_after: null,
  }));
  const judgement = {
    judged_at: 0,
    verdict: 'not_yet' as const,
    summary: 'None of them has run since.',
    statements,
  };
  const refused = { code: 'refused', message: 'billing-db refused the connection.', remedy: null };
  await openAdvice('leak', {
    indexBuildList: async () => [{ ...worse, judgement }],
    indexBuildJudge: () => Promise.reject(refused),
  });
  expect(said('verdict')).toBe('not yet');
  expect(screen.getAllByTestId('judged-row')[0]?.textContent).toContain('→ –');
  await fireEvent.click(button('judge'));
  expect((await screen.findByTestId('judge-problem')).textContent).toContain('refused the connection');
  live.putBuild(worse);
  await waitFor(() => expect(said('verdict')).toBe('worse'));
});

test('rolling back asks for the name again, then shows how it goes', async () => {
  const host = createMock('worse');
  const indexBuildRollBack = vi.fn(host.indexBuildRollBack);
  await openAdvice('worse', { indexBuildRollBack });
  await fireEvent.click(button('roll-back'));
  expect(said('roll-back-creates')).toContain('idx_orders_customer');
  expect(said('roll-back-creates')).not.toContain('idx_mail_tmp_ccnew');
  expect(said('roll-back-drops')).toContain('idx_customers_tenant_id_email');
  await type('roll-back-name', 'orders');
  expect(button('roll-back-confirm').disabled).toBe(true);
  await type('roll-back-name', 'billing');
  await fireEvent.click(button('roll-back-confirm'));
  expect(indexBuildRollBack).toHaveBeenCalledWith('3', 'billing');
  await waitFor(() => expect(said('build')).toContain('Rolling back on billing'));
  expect(screen.queryByTestId('roll-back-dialog')).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('build')));
  expect(said('earlier-builds')).toContain('It is being rolled back.');
});

test('what was rolled back can be neither judged nor rolled back again; those before are listed', async () => {
  await openAdvice('rolled-back');
  expect(said('build')).toContain('Rolled back on billing');
  expect(within(screen.getByTestId('build')).queryByTestId('judge')).toBeNull();
  expect(screen.getAllByTestId('earlier-build')).toHaveLength(1);
  expect(said('earlier-build')).toMatch(/Applied to billing.*6 changes.*Rolled back.*worse/);
  expect(screen.queryByTestId('roll-back')).toBeNull();
});

test('a source that no longer allows it is not rolled back from here', async () => {
  await openAdvice('degraded', { indexBuildList: async () => [buildIn('applied')] });
  expect(button('roll-back').disabled).toBe(true);
  expect(said('build')).toContain('Allow it in its settings');
  expect(button('judge').disabled).toBe(false);
});

test('builds that cannot be read leave the rest of the window as it is', async () => {
  const indexBuildList = vi.fn(createMock('applied').indexBuildList);
  indexBuildList.mockRejectedValueOnce({ code: 'internal', message: 'The disk is full.', remedy: null });
  await openAdvice('applied', { indexBuildList });
  expect(live.problem).toBeNull();
  expect(said('builds-problem')).toContain('could not be read: The disk is full.');
  await fireEvent.click(screen.getByText('Try again'));
  expect((await screen.findByTestId('verdict')).textContent).toBe('helped');
  expect(screen.queryByTestId('builds-problem')).toBeNull();
});

test('a build that is started goes through its steps to its end', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const host = await openAdvice();
    await host.onEvents((events) => live.receive(events));
    await fireEvent.click(button('apply'));
    await type('apply-name', 'billing');
    await fireEvent.click(button('apply-confirm'));
    await waitFor(() => expect(said('build')).toContain('0 of 6 done'));
    vi.advanceTimersByTime(60_000);
    await waitFor(() => expect(said('build')).toContain('Applied to billing'));
    expect(steps()).toEqual(Array(6).fill('done'));
  } finally {
    vi.useRealTimers();
  }
});

test('verbs and waits in words', () => {
  const step = (sql: string) => ({ name: 'i', sql, state: { type: 'waiting' as const } });
  expect(stepVerb(step('CREATE INDEX CONCURRENTLY i ON t (a)'))).toBe('Create');
  expect(stepVerb(step('drop index i'))).toBe('Drop');
  expect(stepVerb(step('ALTER INDEX i ATTACH PARTITION j'))).toBe('Attach');
  expect(waitWords({ phase: '', done_ratio: null, lockers_total: 4, lockers_done: 3 })).toBe(
    'waits for 1 transaction',
  );
  expect(waitWords({ phase: '', done_ratio: null, lockers_total: 4, lockers_done: 4 })).toBeNull();
});
