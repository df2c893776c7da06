// What the pages about a replay know: which one is looked at, and its report once it has ended.
import type { LogCoverage } from '../../api/generated/LogCoverage';
import type { ReplayId } from '../../api/generated/ReplayId';
import type { ReplayReport } from '../../api/generated/ReplayReport';
import type { ReplayState } from '../../api/generated/ReplayState';
import type { ReplayStatus } from '../../api/generated/ReplayStatus';
import type { ReportFormat } from '../../api/generated/ReportFormat';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { followId } from '../../app/pageData.svelte';
import { bytes, count, coverage, duration, moment } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export const reportResource = (): Resource<ReplayId, ReplayReport> =>
  new Resource((id) => host().replayReport(id));

export const hasReport = ({ state }: ReplayStatus): boolean =>
  state.type === 'done' || state.type === 'cancelled';

/** The replay that the address names, else the newest that has a result. */
export function chosenReplay(replays: ReplayStatus[], id: string | undefined): ReplayStatus | null {
  return (id === undefined ? replays.find(hasReport) : replays.find((replay) => replay.id === id)) ?? null;
}

/** Fetches the report of the chosen replay, once it has one, for as long as the page is open. */
export function followReport(
  resource: Resource<ReplayId, ReplayReport>,
  chosen: () => ReplayStatus | null,
): void {
  // A running replay changes five times a second; only whether there is a report matters here.
  const id = $derived.by(() => {
    const replay = chosen();
    return replay && hasReport(replay) ? replay.id : null;
  });
  followId(resource, () => id);
}

/** The report as fetched, when it is of this replay. */
export function reportFor(
  resource: Resource<ReplayId, ReplayReport>,
  replay: ReplayStatus | null,
): ReplayReport | null {
  return resource.data?.replay.id === replay?.id ? resource.data : null;
}

export const optionsOf = (replays: ReplayStatus[], now: number) =>
  replays.filter(hasReport).map((replay) => ({
    value: replay.id,
    text: `${replay.name}, ${moment(replay.started_at, now)}`,
  }));

export function stateOf(state: ReplayState): { text: string; tone: Tone } {
  switch (state.type) {
    case 'running':
      return { text: 'reading', tone: 'info' };
    case 'done':
      return { text: 'done', tone: 'ok' };
    case 'cancelled':
      return { text: 'partial', tone: 'warning' };
    case 'failed':
      return { text: 'failed', tone: 'critical' };
  }
}

/** "1.2 GB of 2.9 GB, 412 MB/s, 4,120,332 statements, 6 s left" piece by piece. */
export function progressWords(state: ReplayState): string[] {
  if (state.type !== 'running') return [];
  const { bytes_read, bytes_total, bytes_per_second, statements, seconds_left } = state.progress;
  return [
    bytes_total === null ? bytes(bytes_read) : `${bytes(bytes_read)} of ${bytes(bytes_total)}`,
    ...(bytes_per_second > 0 ? [`${bytes(bytes_per_second)}/s`] : []),
    `${count(statements)} statements`,
    ...(seconds_left === null ? [] : [`${duration(Math.max(1, Math.ceil(seconds_left)))} left`]),
  ];
}

export const coverageWords = ({ understood, lines }: LogCoverage): string => coverage(understood, lines);

export const FORMATS: { value: ReportFormat; text: string; hint: string }[] = [
  { value: 'text', text: 'Plain text', hint: 'As mconsole prints it' },
  { value: 'markdown', text: 'Markdown', hint: 'For an issue or a merge request' },
  { value: 'html', text: 'HTML', hint: 'One page that needs nothing else' },
  { value: 'json', text: 'JSON', hint: 'Everything, for programs' },
  { value: 'document', text: 'mPanel’s JSON', hint: 'The requests, as mPanel itself logs them' },
  { value: 'sarif', text: 'SARIF', hint: 'For code scanning' },
  { value: 'junit', text: 'JUnit XML', hint: 'For a build that should fail' },
];
