// Sources are listed with their state, tested before they are saved, and removed only when confirmed.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import SourcesPage from './SourcesPage.svelte';
import { staleness, stateWords } from './state';

const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });

test('every source is a row with its state; a failing one says what to do', async () => {
  await open(SourcesPage, 'dead', 'sources?source=billing-db');
  expect(screen.getAllByTestId('source-row')).toHaveLength(6);
  expect(screen.getByTestId('source-state').textContent).toContain('failing for');
  expect(screen.getByTestId('source-problem').textContent).toContain('listen_addresses');
  expect(screen.getByTestId('source-retry')).toBeTruthy();
});

test('a degraded source shows the GRANT that mends it, to be copied', async () => {
  await open(SourcesPage, 'degraded', 'sources?source=billing-db');
  const remedy = screen.getByTestId('source-degraded-remedy');
  expect(remedy.textContent).toContain('GRANT pg_monitor TO console;');
  expect(within(remedy).getByRole('button').textContent).toContain('Copy');
});

test('a form that lacks something is not sent', async () => {
  const sourceSave = vi.fn();
  await open(SourcesPage, 'calm', 'sources?add=yes', { sourceSave });
  await fireEvent.click(screen.getByTestId('source-save'));
  expect(screen.getByTestId('source-host-error').textContent).toContain('host');
  expect(sourceSave).not.toHaveBeenCalled();
});

test('a test says what was found and what is missing', async () => {
  await open(SourcesPage, 'first-start', 'sources?add=yes');
  await type('source-name', 'db');
  await type('source-host', 'db.internal');
  await type('source-user', 'console');
  await fireEvent.click(screen.getByTestId('source-test'));
  const result = await screen.findByTestId('test-result');
  expect(result.dataset['ok']).toBe('true');
  expect(result.textContent).toContain('PostgreSQL 16.4');
  expect(screen.getByTestId('test-degraded-remedy').textContent).toContain('GRANT pg_monitor');
});

test('a failing test says what to do', async () => {
  await open(SourcesPage, 'first-start', 'sources?add=yes');
  await type('source-name', 'db');
  await type('source-host', 'bad.internal');
  await type('source-user', 'console');
  await fireEvent.click(screen.getByTestId('source-test'));
  expect((await screen.findByTestId('test-problem')).textContent).toContain('refused the connection');
});

test('a saved source is listed at once', async () => {
  const host = await open(SourcesPage, 'first-start', 'sources?add=yes');
  await type('source-name', 'new-db');
  await type('source-host', 'db.internal');
  await type('source-user', 'console');
  await fireEvent.click(screen.getByTestId('source-save'));
  await waitFor(() => expect(screen.getByTestId('source-row').textContent).toContain('new-db'));
  expect(await host.sourcesList()).toHaveLength(1);
});

test('a stored password is not in the form, only that it is there', async () => {
  await open(SourcesPage, 'calm', 'sources?source=billing-db&edit=yes');
  const field = screen.getByTestId<HTMLInputElement>('source-password');
  expect(field.value).toBe('');
  expect(field.placeholder).toBe('stored, unchanged');
  expect(field.disabled).toBe(true);
});

test.each([
  ['source-allow-index-builds', { allow_index_builds: true, allow_signals: false }],
  ['source-allow-signals', { allow_index_builds: false, allow_signals: true }],
])('%s is for a PostgreSQL only, and only when it is ticked', async (testid, wanted) => {
  const host = await open(SourcesPage, 'first-start', 'sources?add=yes');
  const box = () => screen.queryByTestId<HTMLInputElement>(testid);
  expect(box()?.checked).toBe(false);
  await fireEvent.click(screen.getByTestId('source-kind-pgbouncer'));
  expect(box()).toBeNull();
  await fireEvent.click(screen.getByTestId('source-kind-postgres'));
  await type('source-name', 'db');
  await type('source-host', 'db.internal');
  await type('source-user', 'console');
  await fireEvent.click(box() as HTMLInputElement);
  await fireEvent.click(screen.getByTestId('source-save'));
  await waitFor(() =>
    expect(screen.getByTestId('source-detail').textContent).toContain('allowed, once confirmed'),
  );
  expect((await host.sourcesList())[0]?.config).toMatchObject(wanted);
});

test('a Redis is added by its nodes, and may be allowed to lose cached results', async () => {
  const host = await open(SourcesPage, 'first-start', 'sources?add=yes');
  await fireEvent.click(screen.getByTestId('source-kind-redis'));
  expect(screen.queryByTestId('source-upstream')).toBeNull();
  expect(screen.queryByTestId('source-allow-signals')).toBeNull();
  await type('source-name', 'cache');
  await fireEvent.click(screen.getByTestId('source-topology-sentinel'));
  await type('source-nodes', 'sentinel-1:26379, sentinel-2');
  await fireEvent.click(screen.getByTestId('source-save'));
  expect(screen.getByTestId('source-sentinel-service-error')).toBeTruthy();
  await type('source-sentinel-service', 'mymaster');
  await fireEvent.click(screen.getByTestId('source-sentinels-authenticated'));
  await fireEvent.click(screen.getByTestId('source-allow-cache-writes'));
  await fireEvent.click(screen.getByTestId('source-save'));
  await waitFor(() =>
    expect(screen.getByTestId('source-detail').textContent).toContain('allowed, once confirmed'),
  );
  expect(screen.getByTestId('source-detail').textContent).toContain(
    'mymaster by Sentinels sentinel-1:26379, sentinel-2',
  );
  expect((await host.sourcesList())[0]?.config).toMatchObject({
    kind: 'redis',
    connection: {
      type: 'redis',
      nodes: ['sentinel-1:26379', 'sentinel-2'],
      topology: { type: 'sentinel', service: 'mymaster', authenticated: true },
    },
    allow_cache_writes: true,
  });
});

test('removing asks first', async () => {
  const sourceRemove = vi.fn(() => Promise.resolve());
  await open(SourcesPage, 'calm', 'sources?source=bouncer', { sourceRemove });
  await fireEvent.click(screen.getByTestId('source-remove'));
  expect(sourceRemove).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId('source-remove-confirm'));
  expect(sourceRemove).toHaveBeenCalledWith('bouncer');
});

test('states in words', () => {
  const problem = { code: 'refused', message: '', remedy: null } as const;
  const failing = { type: 'failing', problem, since: 0, attempts: 1, retry_at: null } as const;
  expect(stateWords(failing, 40_000)).toEqual({ tone: 'critical', text: 'failing for 40 s' });
  expect(stateWords({ type: 'disabled' }, 0).tone).toBe('none');
  expect(staleness(failing, 0, 40_000)).toBe('last answered 40 s ago');
  expect(staleness(failing, null, 40_000)).toBe('never answered');
  expect(staleness({ type: 'ok' }, 0, 40_000)).toBeNull();
});
