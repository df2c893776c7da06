// Settings survive the form, and what makes no sense is told before it is saved.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { open } from '../../../test/open';
import { SETTINGS } from '../../api/mock';
import SettingsPage from './SettingsPage.svelte';
import { check, fieldsOf, settingsOf, type SettingsFields } from './settingsForm';

test('a form that nobody touched changes nothing', () => {
  expect(settingsOf(fieldsOf(SETTINGS), SETTINGS)).toEqual(SETTINGS);
});

const fields = (over: Partial<SettingsFields>, thresholds: Partial<SettingsFields['thresholds']> = {}) => {
  const base = fieldsOf(SETTINGS);
  return { ...base, ...over, thresholds: { ...base.thresholds, ...thresholds } };
};

test.each([
  [fields({ metricsPort: '80' }), 'metricsPort'],
  [fields({ metricsPort: 'x' }), 'metricsPort'],
  [fields({ days: '0' }), 'days'],
  [fields({ gigabytes: '' }), 'gigabytes'],
  [fields({ adviceHours: '0' }), 'adviceHours'],
  [fields({ recorderHours: '200' }), 'recorderHours'],
  [fields({ recorderMegabytes: '5' }), 'recorderMegabytes'],
  [fields({}, { saturation_warning: '95' }), 'saturation_critical'],
  [fields({}, { saturation_critical: '120' }), 'saturation_critical'],
  [fields({}, { leak_seconds: '-1' }), 'leak_seconds'],
  [fields({}, { hold_seconds: '' }), 'hold_seconds'],
])('case %#', (given, told) => expect(Object.keys(check(given))).toEqual([told]));

test('saving sends percentages as shares and an empty team as none', async () => {
  const host = await open(SettingsPage, 'calm', 'settings');
  const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });
  await type('settings-saturation_warning', '60');
  await type('settings-team', '');
  await type('settings-metrics-port', '9464');
  await fireEvent.click(screen.getByTestId('settings-save'));
  await waitFor(async () => expect((await host.settingsGet()).metrics_port).toBe(9464));
  const saved = await host.settingsGet();
  expect(saved.pools.saturation_warning).toBeCloseTo(0.6);
  expect(saved.team).toBeNull();
});

test('databases are looked at for indexes in the background when they are ticked', async () => {
  const host = await open(SettingsPage, 'calm', 'settings');
  const database = (await host.sourcesList()).find(({ config }) => config.kind === 'postgres')?.config.id;
  await fireEvent.click(screen.getByTestId(`settings-advice-${database}`));
  await fireEvent.input(screen.getByTestId('settings-advice-hours'), { target: { value: '12' } });
  await fireEvent.click(screen.getByTestId('settings-save'));
  const wanted = { hours: 12, sources: [database] };
  await waitFor(async () => expect((await host.settingsGet()).index_advice).toEqual(wanted));
  await fireEvent.click(screen.getByTestId(`settings-advice-${database}`));
  await fireEvent.click(screen.getByTestId('settings-save'));
  await waitFor(async () => expect((await host.settingsGet()).index_advice).toBeUndefined());
});

test('the flight recorder is switched and bounded', async () => {
  const host = await open(SettingsPage, 'calm', 'settings');
  await fireEvent.click(screen.getByTestId('settings-recorder'));
  await fireEvent.input(screen.getByTestId('settings-recorder-hours'), { target: { value: '48' } });
  await fireEvent.input(screen.getByTestId('settings-recorder-megabytes'), { target: { value: '500' } });
  await fireEvent.click(screen.getByTestId('settings-save'));
  const wanted = { enabled: false, hours: 48, bytes: 500 * 1024 ** 2 };
  await waitFor(async () => expect((await host.settingsGet()).flight_recorder).toEqual(wanted));
});

test('the consoles of a team share through the Redis that is chosen, or through none', async () => {
  const host = await open(SettingsPage, 'no-team-cache', 'settings');
  const choose = (value: string) =>
    fireEvent.change(screen.getByTestId('settings-team-cache'), { target: { value } });
  await choose('cache-eu');
  await fireEvent.click(screen.getByTestId('settings-save'));
  await waitFor(async () => expect((await host.settingsGet()).team_cache).toBe('cache-eu'));
  await choose('');
  await fireEvent.click(screen.getByTestId('settings-save'));
  await waitFor(async () => expect('team_cache' in (await host.settingsGet())).toBe(false));
});

test('without a Redis there is nothing to choose, only the way to one', async () => {
  await open(SettingsPage, 'no-redis', 'settings');
  expect(screen.queryByTestId('settings-team-cache')).toBeNull();
  expect(screen.getByText('Add one').getAttribute('href')).toBe('#/sources?add=yes');
});

test('appearance is applied when it is chosen; the console tells its own cost', async () => {
  const host = await open(SettingsPage, 'calm', 'settings');
  await fireEvent.click(screen.getByTestId('appearance-light'));
  await waitFor(async () => expect((await host.settingsGet()).appearance).toBe('light'));
  expect(screen.getByTestId('own-cost').textContent).toContain('0.8%');
  expect(screen.getByTestId('own-cost').textContent).toContain('keychain');
});
