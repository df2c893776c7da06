// What the whole window knows at any moment: sources, open findings, settings, the console's own state.
import type { AdviceId } from '../api/generated/AdviceId';
import type { AdviceStatus } from '../api/generated/AdviceStatus';
import type { ConsoleStatus } from '../api/generated/ConsoleStatus';
import type { EngineEvent } from '../api/generated/EngineEvent';
import type { Finding } from '../api/generated/Finding';
import type { IndexBuildStatus } from '../api/generated/IndexBuildStatus';
import type { ReplayId } from '../api/generated/ReplayId';
import type { ReplayStatus } from '../api/generated/ReplayStatus';
import type { Settings } from '../api/generated/Settings';
import type { SourceId } from '../api/generated/SourceId';
import type { SourceStatus } from '../api/generated/SourceStatus';
import type { Timestamp } from '../api/generated/Timestamp';
import { asProblem, host, type AppInfo, type HostProblem } from '../api/host';

/** Told which source has something new, and of when. */
type SourceListener = (source: SourceId, at: Timestamp) => void;

type SourceEvent = Extract<EngineEvent, { source: SourceId; at: Timestamp }>['type'];

export class Live {
  info = $state.raw<AppInfo | null>(null);
  settings = $state.raw<Settings | null>(null);
  status = $state.raw<ConsoleStatus | null>(null);
  sources = $state.raw<SourceStatus[] | null>(null);
  open = $state.raw<Finding[]>([]);
  /** Newest first. */
  replays = $state.raw<ReplayStatus[] | null>(null);
  /** Newest first. */
  advices = $state.raw<AdviceStatus[] | null>(null);
  /** Newest first. */
  builds = $state.raw<IndexBuildStatus[] | null>(null);
  /** Set when the builds alone could not be read. */
  buildsProblem = $state.raw<HostProblem | null>(null);
  /** Set when the host itself could not be asked. */
  problem = $state.raw<HostProblem | null>(null);
  /** Moves once a second, so that ages on the page do. */
  now = $state(Date.now());

  readonly #listeners = new Map<SourceEvent, Set<SourceListener>>();
  /** Events that come while everything is read anew: they may know more than the answer. */
  #meanwhile: EngineEvent[] | null = null;

  /** Reads everything once and listens from then on; answers with the way to stop. */
  async start(): Promise<() => void> {
    const clock = setInterval(() => (this.now = Date.now()), 1000);
    let unlisten = () => {};
    try {
      unlisten = await host().onEvents((events) => this.receive(events));
      await this.reload();
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
    return () => {
      clearInterval(clock);
      unlisten();
    };
  }

  async reload(): Promise<void> {
    this.#meanwhile = [];
    try {
      const now = Date.now();
      const [info, settings, status, sources, findings, replays, advices] = await Promise.all([
        host().appInfo(),
        host().settingsGet(),
        host().consoleStatus(),
        host().sourcesList(),
        host().findingsList({ from: now - 60_000, to: now + 60_000 }),
        host().replaysList(),
        host().adviceList(),
        this.readBuilds(),
      ]);
      this.info = info;
      this.settings = settings;
      this.status = status;
      this.sources = sources;
      this.replays = replays;
      this.advices = advices;
      this.open = findings.filter((finding) => finding.cleared_at === null);
      this.problem = null;
      this.now = Date.now();
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
    const missed = this.#meanwhile ?? [];
    this.#meanwhile = null;
    this.receive(missed);
  }

  /** A console whose builds cannot be read shows all the rest. */
  async readBuilds(): Promise<void> {
    try {
      this.builds = await host().indexBuildList();
      this.buildsProblem = null;
    } catch (thrown) {
      this.buildsProblem = asProblem(thrown);
    }
  }

  onPolled = (listener: SourceListener) => this.#listen('polled', listener);
  onStatementsRead = (listener: SourceListener) => this.#listen('statements_read', listener);
  onHealthRead = (listener: SourceListener) => this.#listen('health_read', listener);
  onKeyspaceChanged = (listener: SourceListener) => this.#listen('keyspace_changed', listener);
  onSampled = (listener: SourceListener) => this.#listen('activity_sampled', listener);

  #listen(event: SourceEvent, listener: SourceListener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  receive(events: EngineEvent[]): void {
    this.#meanwhile?.push(...events);
    for (const event of events) {
      switch (event.type) {
        case 'polled':
        case 'statements_read':
        case 'health_read':
        case 'keyspace_changed':
        case 'activity_sampled':
          for (const listener of this.#listeners.get(event.type) ?? []) listener(event.source, event.at);
          break;
        case 'source_changed':
          this.putSource(event.status);
          break;
        case 'source_removed':
          this.sources = this.sources?.filter((known) => known.config.id !== event.source) ?? null;
          break;
        case 'findings_changed':
          this.open = event.open;
          break;
        case 'status_changed':
          this.status = event.status;
          break;
        case 'replay_changed':
          this.putReplay(event.replay);
          break;
        case 'replay_removed':
          this.dropReplay(event.replay);
          break;
        case 'advice_changed':
          this.putAdvice(event.advice);
          break;
        case 'advice_removed':
          this.dropAdvice(event.advice);
          break;
        case 'index_build_changed':
          this.putBuild(event.build);
          break;
      }
    }
  }

  putSource(status: SourceStatus): void {
    const known = this.sources ?? [];
    const index = known.findIndex((other) => other.config.id === status.config.id);
    this.sources = index < 0 ? [...known, status] : known.with(index, status);
  }

  putReplay(replay: ReplayStatus): void {
    this.replays = withNewest(this.replays, replay);
  }

  dropReplay(id: ReplayId): void {
    this.replays = this.replays?.filter((known) => known.id !== id) ?? null;
  }

  putAdvice(advice: AdviceStatus): void {
    this.advices = withNewest(this.advices, advice);
  }

  dropAdvice(id: AdviceId): void {
    this.advices = this.advices?.filter((known) => known.id !== id) ?? null;
  }

  putBuild(build: IndexBuildStatus): void {
    this.builds = withNewest(this.builds, build);
  }

  nameOf(id: SourceId): string {
    return this.sources?.find((known) => known.config.id === id)?.config.name ?? id;
  }

  /** Every switched-on source has stopped answering: more likely this machine's network than all of them. */
  get offline(): boolean {
    const enabled = this.sources?.filter((source) => source.config.enabled) ?? [];
    return (
      enabled.length > 1 &&
      enabled.every((source) => source.state.type === 'failing') &&
      enabled.every((source) => source.state.type === 'failing' && NETWORK.has(source.state.problem.code))
    );
  }
}

/** What is known already is changed where it stands; what is new stands first. */
function withNewest<T extends { id: string }>(known: T[] | null, one: T): T[] {
  const index = known?.findIndex((other) => other.id === one.id) ?? -1;
  return index < 0 ? [one, ...(known ?? [])] : (known ?? []).with(index, one);
}

const NETWORK = new Set(['unreachable', 'name_not_found', 'timeout']);

export const live = new Live();

/** Findings that still ask for someone: open and not muted. */
export function attention(open: Finding[], now: number): Finding[] {
  return open.filter((finding) => finding.cleared_at === null && (finding.muted_until ?? 0) <= now);
}
