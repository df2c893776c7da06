// Logs come in by drop, dialog or path, are looked at, and are started with their options.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { commit, type } from '../../../test/page';
import { runningReplay } from '../../api/fixtures/replayList';
import App from '../../app/App.svelte';
import { location } from '../../app/location.svelte';
import { intake } from './intake.svelte';
import ReplayPage from './ReplayPage.svelte';
import { check, emptyFields, fieldsOf, requestOf } from './replayForm';

afterEach(() => intake.reset());

const preview = async (path: string) => {
  await type('log-path', path);
  await fireEvent.submit(screen.getByTestId('log-path').closest('form') as HTMLFormElement);
};

test('the first start is a place to drop logs, and nothing else', async () => {
  await open(ReplayPage, 'first-start', 'replay');
  expect(screen.getByTestId('drop-zone').textContent).toContain('Drop PostgreSQL or mPanel logs here');
  expect(screen.queryByTestId('replay-list')).toBeNull();
  expect(screen.queryByTestId('intake')).toBeNull();
});

test('a drop on any page leads to a preview of what was dropped', async () => {
  await open(App, 'first-start', 'overview');
  await fireEvent.dragOver(window);
  expect(screen.getByTestId('drop-overlay').textContent).toContain('Drop to replay');
  await fireEvent.dragLeave(window, { relatedTarget: null });
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  await fireEvent.dragOver(window);
  await fireEvent.drop(window, { dataTransfer: { files: [{ name: 'api.log' }, { name: 'api.log.1' }] } });
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  await waitFor(() => expect(screen.getByTestId('page-replay')).toBeTruthy());
  const files = await screen.findAllByTestId('preview-file');
  expect(files).toHaveLength(2);
  expect(files[0]?.textContent).toContain('PostgreSQL stderr');
  expect(files[0]?.textContent).toContain('%m [%p] %q%u@%d');
  expect(files[0]?.textContent).toContain('WHERE customer_id = $1');
});

test('a path, a directory or a pattern can be typed; files that are no log are told with the reason', async () => {
  const host = await open(ReplayPage, 'first-start', 'replay');
  const logsPreview = vi.spyOn(host, 'logsPreview');
  await preview(' /var/log/postgresql ');
  expect((await screen.findByTestId('set-aside')).textContent).toContain('plain text without times');
  expect(logsPreview).toHaveBeenCalledWith(requestOf(['/var/log/postgresql'], emptyFields()));
  await fireEvent.click(screen.getByLabelText('Leave out /var/log/postgresql'));
  expect(screen.queryByTestId('intake')).toBeNull();
});

test('the host’s dialog may be left without a choice', async () => {
  await open(ReplayPage, 'first-start', 'replay', { logsChoose: async () => [] });
  await fireEvent.click(screen.getByTestId('choose-files'));
  expect(screen.queryByTestId('intake')).toBeNull();
});

test('a log that is not recognised shows its first lines and asks for the prefix', async () => {
  await open(ReplayPage, 'unrecognised', 'replay');
  await preview('odd.log');
  expect((await screen.findByTestId('preview-problem')).textContent).toContain('not recognised');
  expect(screen.getByTestId('first-lines').textContent).toContain('| 4182 | billing |');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('log-prefix')));
  expect(screen.getByTestId<HTMLButtonElement>('replay-start').disabled).toBe(true);
  await commit('log-prefix', '<%m> | %p | %d | ');
  await screen.findByTestId('preview-file');
  expect(screen.getByTestId<HTMLButtonElement>('replay-start').disabled).toBe(false);
});

test('nothing that matches, and a host that cannot look, are said', async () => {
  await open(ReplayPage, 'first-start', 'replay');
  await preview('missing');
  expect((await screen.findByTestId('preview-problem')).textContent).toContain('No file matches');
  document.body.replaceChildren();
  intake.reset();
  await open(ReplayPage, 'first-start', 'replay', {
    logsPreview: () => Promise.reject(new Error('No right to read.')),
  });
  await preview('api.log');
  expect((await screen.findByTestId('intake-problem')).textContent).toContain('No right to read.');
});

test('options are checked, warned of, and sent', async () => {
  const replayStart = vi.fn(async () => runningReplay('50', 0));
  await open(ReplayPage, 'first-start', 'replay', { replayStart });
  await preview('api.json');
  await screen.findByTestId('preview-file');
  await commit('log-threshold', '1');
  expect(screen.getByTestId('log-threshold-error').textContent).toContain('2 or more');
  expect(screen.getByTestId<HTMLButtonElement>('replay-start').disabled).toBe(true);
  await commit('log-threshold', '5');
  await fireEvent.click(screen.getByTestId('log-literals'));
  expect(screen.getByTestId('literals-warning').textContent).toContain('personal data');
  await fireEvent.click(screen.getByTestId('log-mapped'));
  await type('field-time', 'at');
  await commit('field-sql', 'query.text');
  await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>('replay-start').disabled).toBe(false));
  await fireEvent.click(screen.getByTestId('replay-start'));
  const fields = {
    ...emptyFields(),
    threshold: '5',
    keepLiterals: true,
    mapped: true,
    time: 'at',
    sql: 'query.text',
  };
  expect(replayStart).toHaveBeenCalledWith(requestOf(['api.json'], fields));
  await waitFor(() => expect(location.place.params).toEqual({ replay: '50' }));
});

test('a request survives its form, and defaults are not sent', () => {
  expect(requestOf(['a'], emptyFields())).toEqual({
    inputs: ['a'],
    prefix: null,
    fields: null,
    threshold: null,
    session_gap_ms: null,
    keep_literals: false,
  });
  const fields = {
    ...emptyFields(),
    prefix: '%m ',
    gap: '900',
    mapped: true,
    time: 't',
    sql: 'q',
    rows: 'n',
  };
  expect(fieldsOf(requestOf(['a'], fields))).toEqual(fields);
  expect(check({ ...fields, sql: ' ', gap: 'x' })).toEqual({
    sql: 'Name the field that holds the statement.',
    gap: 'Enter milliseconds, 1 or more.',
  });
});
