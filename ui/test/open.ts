// Opens a page on a scenario of the mock, as the window would.
import { render } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { createMock } from '../src/api/mock';
import type { Scenario } from '../src/api/fixtures/scenario';
import { useHost, type Host } from '../src/api/host';
import { live } from '../src/app/live.svelte';
import { location } from '../src/app/location.svelte';
import { timeWindow } from '../src/app/timeRange.svelte';

export async function open(
  page: Component,
  scenario: Scenario,
  place = '',
  overrides: Partial<Host> = {},
): Promise<Host> {
  const host: Host = { ...createMock(scenario), ...overrides };
  useHost(host);
  timeWindow.choose('live');
  const [name = '', query = ''] = place.split('?');
  location.go(name, Object.fromEntries(new URLSearchParams(query)));
  await live.reload();
  render(page);
  return host;
}
