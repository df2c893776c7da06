// The one door to the host: the typed commands and events that the window may use.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import type { ActivityMoment } from './generated/ActivityMoment';
import type { ActivityPage } from './generated/ActivityPage';
import type { AdviceFormat } from './generated/AdviceFormat';
import type { AdviceId } from './generated/AdviceId';
import type { AdviceLimits } from './generated/AdviceLimits';
import type { AdviceStatus } from './generated/AdviceStatus';
import type { CacheAdvice } from './generated/CacheAdvice';
import type { CachePage } from './generated/CachePage';
import type { CoalescingPage } from './generated/CoalescingPage';
import type { CompressionProbe } from './generated/CompressionProbe';
import type { CompressionRequest } from './generated/CompressionRequest';
import type { ConsoleStatus } from './generated/ConsoleStatus';
import type { EngineEvent } from './generated/EngineEvent';
import type { ExplainedStatement } from './generated/ExplainedStatement';
import type { ExplainRequest } from './generated/ExplainRequest';
import type { Finding } from './generated/Finding';
import type { HealthPage } from './generated/HealthPage';
import type { IndexAdvice } from './generated/IndexAdvice';
import type { IndexAdviceRequest } from './generated/IndexAdviceRequest';
import type { IndexBuildId } from './generated/IndexBuildId';
import type { IndexBuildRequest } from './generated/IndexBuildRequest';
import type { IndexBuildStatus } from './generated/IndexBuildStatus';
import type { KeyspaceOptions } from './generated/KeyspaceOptions';
import type { LogPreview } from './generated/LogPreview';
import type { Overview } from './generated/Overview';
import type { OwnCostPage } from './generated/OwnCostPage';
import type { PoolsPage } from './generated/PoolsPage';
import type { ReplayComparison } from './generated/ReplayComparison';
import type { ReplayId } from './generated/ReplayId';
import type { ReplayReport } from './generated/ReplayReport';
import type { ReplayRequest } from './generated/ReplayRequest';
import type { ReplayStatus } from './generated/ReplayStatus';
import type { ReportFormat } from './generated/ReportFormat';
import type { ScriptChoice } from './generated/ScriptChoice';
import type { ScriptFile } from './generated/ScriptFile';
import type { ScriptKind } from './generated/ScriptKind';
import type { Settings } from './generated/Settings';
import type { SharedReadKind } from './generated/SharedReadKind';
import type { SignalOutcome } from './generated/SignalOutcome';
import type { SignalRequest } from './generated/SignalRequest';
import type { SourceDraft } from './generated/SourceDraft';
import type { SourceId } from './generated/SourceId';
import type { SourceStatus } from './generated/SourceStatus';
import type { StatementDetail } from './generated/StatementDetail';
import type { StatementsComparison } from './generated/StatementsComparison';
import type { StatementsPage } from './generated/StatementsPage';
import type { TagInvalidated } from './generated/TagInvalidated';
import type { TagPreview } from './generated/TagPreview';
import type { TeamCachePage } from './generated/TeamCachePage';
import type { TestReport } from './generated/TestReport';
import type { TimeRange } from './generated/TimeRange';
import type { Timestamp } from './generated/Timestamp';

export interface AppInfo {
  version: string;
  data_dir: string;
  /** Where passwords are kept, in a sentence. */
  passwords: string;
  /** The page to begin with, when it is not the first. */
  start_page: string | null;
}

/** What a command answers when it fails; programs match `code`, people read the rest. */
export interface HostProblem {
  code: string;
  message: string;
  remedy: string | null;
}

/** Files that are dragged over the window. */
export type Drop = { type: 'over' } | { type: 'leave' } | { type: 'drop'; paths: string[] };

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
  activityPage(source: SourceId | null, range: TimeRange): Promise<ActivityPage>;
  /** The newest moment without a time; nothing where none was recorded. */
  activityMoment(
    source: SourceId,
    at: Timestamp | null,
    idleSessions: boolean,
  ): Promise<ActivityMoment | null>;
  sendSignal(request: SignalRequest): Promise<SignalOutcome>;
  statementsPage(source: SourceId | null, range: TimeRange): Promise<StatementsPage>;
  /** `queryid` in decimal. */
  statementDetail(source: SourceId, queryid: string, range: TimeRange): Promise<StatementDetail>;
  compareStatements(source: SourceId, before: TimeRange, after: TimeRange): Promise<StatementsComparison>;
  explainStatement(request: ExplainRequest): Promise<ExplainedStatement>;
  healthPage(source: SourceId | null, range: TimeRange): Promise<HealthPage>;
  /** Looks again before its time; answers when the checks have been made. */
  checkHealthNow(source: SourceId): Promise<void>;
  /** What the console itself costs a server. */
  ownCostPage(source: SourceId | null): Promise<OwnCostPage>;
  cachePage(source: SourceId | null, range: TimeRange): Promise<CachePage>;
  /** Begins to walk over the keys; `keyspace_changed` tells how it goes. Without options it takes its time. */
  walkKeyspace(source: SourceId, options: KeyspaceOptions | null): Promise<void>;
  cancelKeyspace(source: SourceId): Promise<void>;
  previewTag(source: SourceId, tag: string): Promise<TagPreview>;
  /** `typed` is the tag as the person typed it. */
  invalidateTag(source: SourceId, tag: string, typed: string): Promise<TagInvalidated>;
  /** Of the newest replay where none is named. */
  cacheAdvice(replay: ReplayId | null): Promise<CacheAdvice>;
  coalescingPage(replay: ReplayId | null, range: TimeRange): Promise<CoalescingPage>;
  /** The last one of an instance. */
  compressionProbe(source: SourceId): Promise<CompressionProbe | null>;
  probeCompression(request: CompressionRequest): Promise<CompressionProbe>;
  teamCachePage(): Promise<TeamCachePage>;
  /** Reads from the server and shares what was read. */
  warmSharedRead(source: SourceId, what: SharedReadKind): Promise<void>;
  findingsList(range: TimeRange): Promise<Finding[]>;
  findingMute(id: string, until: Timestamp | null): Promise<void>;
  logsPreview(request: ReplayRequest): Promise<LogPreview>;
  /** Opens the host's file dialog; empty when the person cancelled. */
  logsChoose(): Promise<string[]>;
  replayStart(request: ReplayRequest): Promise<ReplayStatus>;
  replayCancel(id: ReplayId): Promise<void>;
  /** Newest first. */
  replaysList(): Promise<ReplayStatus[]>;
  replayReport(id: ReplayId): Promise<ReplayReport>;
  replayRemove(id: ReplayId): Promise<void>;
  replaysCompare(before: ReplayId, after: ReplayId): Promise<ReplayComparison>;
  /** Opens the host's save dialog; answers with the path written, or nothing when the person cancelled. */
  replayExport(id: ReplayId, format: ReportFormat): Promise<string | null>;
  patternIgnore(id: string, reason: string): Promise<void>;
  /** Stops ignoring. */
  patternHeed(id: string): Promise<void>;
  adviceStart(request: IndexAdviceRequest): Promise<AdviceStatus>;
  adviceCancel(id: AdviceId): Promise<void>;
  /** Newest first. */
  adviceList(): Promise<AdviceStatus[]>;
  adviceReport(id: AdviceId): Promise<IndexAdvice>;
  /** Chooses anew under other limits, from what the planner has answered already. */
  adviceLimit(id: AdviceId, limits: AdviceLimits): Promise<IndexAdvice>;
  adviceRemove(id: AdviceId): Promise<void>;
  adviceScript(id: AdviceId, choice: ScriptChoice, kind: ScriptKind): Promise<ScriptFile[]>;
  /** As `replayExport`. */
  adviceSaveScript(id: AdviceId, choice: ScriptChoice, kind: ScriptKind): Promise<string | null>;
  /** As `replayExport`. */
  adviceExport(id: AdviceId, format: AdviceFormat): Promise<string | null>;
  /** Opens the host's file dialog for statements; nothing when the person cancelled. */
  workloadChoose(): Promise<string | null>;
  indexBuildStart(request: IndexBuildRequest): Promise<IndexBuildStatus>;
  indexBuildCancel(id: IndexBuildId): Promise<void>;
  /** Newest first. */
  indexBuildList(): Promise<IndexBuildStatus[]>;
  /** Compares what its statements took before with what they have taken since. */
  indexBuildJudge(id: IndexBuildId): Promise<IndexBuildStatus>;
  /** Answers with the build that undoes it; `database` is the name as it was typed. */
  indexBuildRollBack(id: IndexBuildId, database: string): Promise<IndexBuildStatus>;
  consoleStatus(): Promise<ConsoleStatus>;
  settingsGet(): Promise<Settings>;
  settingsSave(settings: Settings): Promise<Settings>;
  /** Tells the host that the first frame is on the screen. */
  painted(): Promise<void>;
  /** Batches of what happened, at most two a second; answers with the way to stop listening. */
  onEvents(listener: (events: EngineEvent[]) => void): Promise<() => void>;
  /** Files dragged over and dropped on the window; answers with the way to stop listening. */
  onDrop(listener: (drop: Drop) => void): Promise<() => void>;
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
  activityPage: (source, range) => invoke('activity_page', { source, range }),
  activityMoment: (source, at, idleSessions) => invoke('activity_moment', { source, at, idleSessions }),
  sendSignal: (request) => invoke('send_signal', { request }),
  statementsPage: (source, range) => invoke('statements_page', { source, range }),
  statementDetail: (source, queryid, range) => invoke('statement_detail', { source, queryid, range }),
  compareStatements: (source, before, after) => invoke('compare_statements', { source, before, after }),
  explainStatement: (request) => invoke('explain_statement', { request }),
  healthPage: (source, range) => invoke('health_page', { source, range }),
  checkHealthNow: (source) => invoke('check_health_now', { source }),
  ownCostPage: (source) => invoke('own_cost_page', { source }),
  cachePage: (source, range) => invoke('cache_page', { source, range }),
  walkKeyspace: (source, options) => invoke('walk_keyspace', { source, options }),
  cancelKeyspace: (source) => invoke('cancel_keyspace', { source }),
  previewTag: (source, tag) => invoke('preview_tag', { source, tag }),
  invalidateTag: (source, tag, typed) => invoke('invalidate_tag', { source, tag, typed }),
  cacheAdvice: (replay) => invoke('cache_advice', { replay }),
  coalescingPage: (replay, range) => invoke('coalescing_page', { replay, range }),
  compressionProbe: (source) => invoke('compression_probe', { source }),
  probeCompression: (request) => invoke('probe_compression', { request }),
  teamCachePage: () => invoke('team_cache_page'),
  warmSharedRead: (source, what) => invoke('warm_shared_read', { source, what }),
  findingsList: (range) => invoke('findings_list', { range }),
  findingMute: (id, until) => invoke('finding_mute', { id, until }),
  logsPreview: (request) => invoke('logs_preview', { request }),
  logsChoose: () => invoke('logs_choose'),
  replayStart: (request) => invoke('replay_start', { request }),
  replayCancel: (id) => invoke('replay_cancel', { id }),
  replaysList: () => invoke('replays_list'),
  replayReport: (id) => invoke('replay_report', { id }),
  replayRemove: (id) => invoke('replay_remove', { id }),
  replaysCompare: (before, after) => invoke('replays_compare', { before, after }),
  replayExport: (id, format) => invoke('replay_export', { id, format }),
  patternIgnore: (id, reason) => invoke('pattern_ignore', { id, reason }),
  patternHeed: (id) => invoke('pattern_heed', { id }),
  adviceStart: (request) => invoke('index_advice_start', { request }),
  adviceCancel: (id) => invoke('index_advice_cancel', { id }),
  adviceList: () => invoke('index_advice_list'),
  adviceReport: (id) => invoke('index_advice_report', { id }),
  adviceLimit: (id, limits) => invoke('index_advice_limit', { id, limits }),
  adviceRemove: (id) => invoke('index_advice_remove', { id }),
  adviceScript: (id, choice, kind) => invoke('index_advice_script', { id, choice, kind }),
  adviceSaveScript: (id, choice, kind) => invoke('index_advice_save_script', { id, choice, kind }),
  adviceExport: (id, format) => invoke('index_advice_export', { id, format }),
  workloadChoose: () => invoke('workload_choose'),
  indexBuildStart: (request) => invoke('index_build_start', { request }),
  indexBuildCancel: (id) => invoke('index_build_cancel', { id }),
  indexBuildList: () => invoke('index_build_list'),
  indexBuildJudge: (id) => invoke('index_build_judge', { id }),
  indexBuildRollBack: (id, database) => invoke('index_build_roll_back', { id, database }),
  consoleStatus: () => invoke('console_status'),
  settingsGet: () => invoke('settings_get'),
  settingsSave: (settings) => invoke('settings_save', { settings }),
  painted: () => invoke('painted'),
  onEvents: (listener) => listen<EngineEvent[]>('engine-events', (event) => listener(event.payload)),
  onDrop: (listener) => {
    // What is dragged within the window itself, a text, enters without paths.
    let files = false;
    return getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === 'enter') files = payload.paths.length > 0;
      if (payload.type === 'drop') listener({ type: 'drop', paths: payload.paths });
      else if (payload.type === 'leave') listener({ type: 'leave' });
      else if (files) listener({ type: 'over' });
    });
  },
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
