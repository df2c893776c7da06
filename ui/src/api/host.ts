// The one door to the host: the typed commands and events that the window may use.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { ConsoleStatus } from './generated/ConsoleStatus';
import type { EngineEvent } from './generated/EngineEvent';
import type { Finding } from './generated/Finding';
import type { Overview } from './generated/Overview';
import type { PoolsPage } from './generated/PoolsPage';
import type { Settings } from './generated/Settings';
import type { SourceDraft } from './generated/SourceDraft';
import type { SourceId } from './generated/SourceId';
import type { SourceStatus } from './generated/SourceStatus';
import type { TestReport } from './generated/TestReport';
import type { TimeRange } from './generated/TimeRange';
import type { Timestamp } from './generated/Timestamp';

export interface AppInfo {
  version: string;
  data_dir: string;
  /** Where passwords are kept, in a sentence. */
  passwords: string;
}

/** What a command answers when it fails; programs match `code`, people read the rest. */
export interface HostProblem {
  code: string;
  message: string;
  remedy: string | null;
}

export interface Host {
  appInfo(): Promise<AppInfo>;
  sourcesList(): Promise<SourceStatus[]>;
  sourceTest(draft: SourceDraft): Promise<TestReport>;
  sourceSave(draft: SourceDraft): Promise<SourceStatus>;
  sourceRemove(id: SourceId): Promise<void>;
  sourceRetry(id: SourceId): Promise<void>;
  sourceSetEnabled(id: SourceId, enabled: boolean): Promise<void>;
  overview(range: TimeRange): Promise<Overview>;
  poolsPage(source: SourceId | null, range: TimeRange): Promise<PoolsPage>;
  findingsList(range: TimeRange): Promise<Finding[]>;
  findingMute(id: string, until: Timestamp | null): Promise<void>;
  consoleStatus(): Promise<ConsoleStatus>;
  settingsGet(): Promise<Settings>;
  settingsSave(settings: Settings): Promise<Settings>;
  /** Tells the host that the first frame is on the screen. */
  painted(): Promise<void>;
  /** Batches of what happened, at most five a second; answers with the way to stop listening. */
  onEvents(listener: (events: EngineEvent[]) => void): Promise<() => void>;
}

const desktop: Host = {
  appInfo: () => invoke('app_info'),
  sourcesList: () => invoke('sources_list'),
  sourceTest: (draft) => invoke('source_test', { draft }),
  sourceSave: (draft) => invoke('source_save', { draft }),
  sourceRemove: (id) => invoke('source_remove', { id }),
  sourceRetry: (id) => invoke('source_retry', { id }),
  sourceSetEnabled: (id, enabled) => invoke('source_set_enabled', { id, enabled }),
  overview: (range) => invoke('overview', { range }),
  poolsPage: (source, range) => invoke('pools_page', { source, range }),
  findingsList: (range) => invoke('findings_list', { range }),
  findingMute: (id, until) => invoke('finding_mute', { id, until }),
  consoleStatus: () => invoke('console_status'),
  settingsGet: () => invoke('settings_get'),
  settingsSave: (settings) => invoke('settings_save', { settings }),
  painted: () => invoke('painted'),
  onEvents: (listener) => listen<EngineEvent[]>('engine-events', (event) => listener(event.payload)),
};

let current: Host = desktop;

export const host = (): Host => current;

export function useHost(next: Host): void {
  current = next;
}

/** The desktop when there is one; in a plain browser the whole interface on fixtures. */
export async function openHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) return desktop;
  const { mockFor } = await import('./mock');
  return mockFor(window.location);
}

/** Anything thrown by a command as a problem that can be shown. */
export function asProblem(thrown: unknown): HostProblem {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    const { code, message } = thrown;
    const remedy = 'remedy' in thrown && typeof thrown.remedy === 'string' ? thrown.remedy : null;
    return { code: String(code), message: String(message), remedy };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message, remedy: null };
}
