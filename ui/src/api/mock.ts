// The whole interface in a plain browser: a host made of fixtures that move, for design and for tests.
import type { Appearance } from './generated/Appearance';
import type { ConsoleStatus } from './generated/ConsoleStatus';
import type { EngineEvent } from './generated/EngineEvent';
import type { Settings } from './generated/Settings';
import type { SourceStatus } from './generated/SourceStatus';
import { createActivity } from './fixtures/activity';
import { createAdvices } from './fixtures/advices';
import { createBuilds } from './fixtures/builds';
import { createCache } from './fixtures/cacheHost';
import { savedFrom, testReport } from './fixtures/drafts';
import { findingsOf } from './fixtures/findings';
import { overviewPage, poolsPage, type World } from './fixtures/pages';
import { createReplays } from './fixtures/replays';
import { scenarioFrom, type Scenario } from './fixtures/scenario';
import { signalsOf } from './fixtures/signals';
import { sourcesOf } from './fixtures/sources';
import { createStatements } from './fixtures/statementHost';
import type { Host, HostProblem } from './host';

/** `?mock=leak&theme=light` */
export function mockFor(at: { search: string }): Host {
  const query = new URLSearchParams(at.search);
  const theme = query.get('theme');
  return createMock(
    scenarioFrom(query.get('mock')),
    Date.now(),
    theme === 'light' || theme === 'dark' ? theme : 'system',
  );
}

export const SETTINGS: Settings = {
  pools: {
    saturation_warning: 0.75,
    saturation_critical: 0.9,
    hold_seconds: 5,
    cooldown_seconds: 10,
    leak_seconds: 30,
    acquire_warning_seconds: 0.1,
    acquire_critical_seconds: 1,
    idle_in_transaction_seconds: 30,
    connections_warning: 0.75,
    connections_critical: 0.9,
    target_utilisation: 0.7,
  },
  retention: { days: 30, bytes: 2 * 1024 ** 3 },
  flight_recorder: { enabled: true, hours: 24, bytes: 200 * 1024 ** 2 },
  appearance: 'system',
  team: 'Hosting team',
  metrics_port: null,
};

const UNREADABLE: HostProblem = {
  code: 'internal',
  message: 'The history could not be read: the disk answered with an input/output error.',
  remedy: 'Check the disk that holds /home/dba/.local/share/mpanel-console.',
};

export function createMock(
  scenario: Scenario,
  openedAt = Date.now(),
  appearance: Appearance = 'system',
): Host {
  const world: World = {
    scenario,
    sources: sourcesOf(scenario, openedAt),
    findings: findingsOf(scenario, openedAt),
    signals: signalsOf(scenario, openedAt),
  };
  const shares = scenario !== 'no-team-cache' && world.sources.some(({ config }) => config.kind === 'redis');
  let settings: Settings = { ...SETTINGS, appearance, ...(shares && { team_cache: 'cache-eu' }) };
  const listeners = new Set<(events: EngineEvent[]) => void>();
  const emit = (events: EngineEvent[]) => listeners.forEach((listener) => listener(events));

  const answering = () =>
    world.sources.filter(({ state }) => state.type === 'ok' || state.type === 'degraded');

  function status(): ConsoleStatus {
    const polled = world.sources.map((s) => s.last_poll_at ?? 0);
    return {
      sources: world.sources.length,
      sources_answering: answering().length,
      last_poll_at: polled.length === 0 ? null : Math.max(...polled),
      history: historyOf(scenario, openedAt),
      own_cost: { cpu_ratio: 0.008, resident_bytes: 96 * 1024 ** 2 },
    };
  }

  function page<T>(answer: () => T): Promise<T> {
    if (scenario === 'loading') return new Promise(() => {});
    if (scenario === 'error') return Promise.reject(UNREADABLE);
    return Promise.resolve(answer());
  }

  setInterval(() => {
    if (listeners.size === 0) return;
    const now = Date.now();
    const polled = answering();
    for (const source of polled) Object.assign(source, { last_poll_at: now, polls: source.polls + 1 });
    emit([
      ...polled.map((s): EngineEvent => ({ type: 'polled', source: s.config.id, at: now })),
      ...polled
        .filter(({ config }) => config.kind === 'postgres')
        .map((s): EngineEvent => ({ type: 'activity_sampled', source: s.config.id, at: now })),
      { type: 'status_changed', status: status() },
    ]);
  }, 1000);

  const find = (id: string) => world.sources.find((s) => s.config.id === id);
  const announce = (source: SourceStatus) => emit([{ type: 'source_changed', status: { ...source } }]);

  const replays = createReplays(scenario, openedAt, emit, page);
  const advices = createAdvices(scenario, openedAt, emit, page);

  return {
    appInfo: async () => ({
      version: '0.1.0',
      data_dir: '/home/dba/.local/share/mpanel-console',
      passwords: 'Passwords are kept in the keychain of this computer.',
      start_page: null,
    }),
    painted: async () => undefined,
    sourcesList: async () => [...world.sources],
    sourceTest: async (draft) => testReport(draft),
    sourceSave: async (draft) => {
      const saved = savedFrom(draft, find(draft.id ?? ''));
      world.sources = [...world.sources.filter((s) => s.config.id !== saved.config.id), saved];
      announce(saved);
      return saved;
    },
    sourceRemove: async (id) => {
      world.sources = world.sources.filter((s) => s.config.id !== id);
      emit([{ type: 'source_removed', source: id }]);
    },
    sourceRetry: async (id) => {
      const source = find(id);
      if (source) announce(Object.assign(source, { state: { type: 'connecting' } }));
    },
    sourceSetEnabled: async (id, enabled) => {
      const source = find(id);
      if (!source) return;
      source.config = { ...source.config, enabled };
      source.state = enabled ? { type: 'ok' } : { type: 'disabled' };
      announce(source);
    },
    overview: (range) => page(() => overviewPage(world, range, Date.now())),
    poolsPage: (source, range) => page(() => poolsPage(world, source, range, Date.now())),
    ...createActivity(world, openedAt, page),
    findingsList: async (range) =>
      world.findings.filter((f) => f.since <= range.to && (f.cleared_at ?? Infinity) >= range.from),
    findingMute: async (id, until) => {
      world.findings = world.findings.map((f) => (f.id === id ? { ...f, muted_until: until } : f));
      emit([{ type: 'findings_changed', open: world.findings.filter((f) => f.cleared_at === null) }]);
    },
    ...createStatements(world, openedAt, emit, page),
    ...replays,
    ...createCache(world, openedAt, {
      emit,
      answer: page,
      replays: () => replays.replaysList(),
      teamServer: () => settings.team_cache ?? null,
    }),
    ...advices,
    ...createBuilds(scenario, openedAt, emit, advices.adviceReport),
    consoleStatus: async () => status(),
    settingsGet: async () => settings,
    settingsSave: async (next) => (settings = next),
    onEvents: async (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function historyOf(scenario: Scenario, openedAt: number): ConsoleStatus['history'] {
  const broken = scenario === 'history';
  return {
    bytes: 41 * 1024 ** 2,
    series: 612,
    oldest: openedAt - 30 * 86_400_000,
    newest: openedAt,
    problem: broken
      ? {
          code: 'server_error',
          message: 'The disk is full, so samples cannot be written.',
          remedy: 'Free some space; the console writes on by itself.',
        }
      : null,
    waiting: broken ? 212 : 0,
    dropped: 0,
    notices: broken
      ? ['A damaged history file was set aside as history.damaged-1.db; recording began anew.']
      : [],
  };
}
