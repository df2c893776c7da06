// A request for index advice as it is typed, checked, and sent.
import type { AdviceLimits } from '../../api/generated/AdviceLimits';
import type { IndexAdviceRequest } from '../../api/generated/IndexAdviceRequest';
import type { ReplayStatus } from '../../api/generated/ReplayStatus';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import type { WorkloadChoice } from '../../api/generated/WorkloadChoice';

export type WorkloadKind = WorkloadChoice['type'];

export interface AdviceFields {
  /** Empty for advice from the log alone. */
  source: string;
  kind: WorkloadKind;
  replay: string;
  /** What comes in from now on, rather than all since the counters began. */
  fresh: boolean;
  freshSeconds: string;
  path: string;
  sql: string;
  minMean: string;
  minCalls: string;
  budget: number | null;
  writeCost: string;
  seconds: string;
}

export type AdviceErrors = Partial<Record<keyof AdviceFields, string>>;

export const DEFAULTS: AdviceLimits = {
  budget_bytes: null,
  min_mean_ms: 100,
  min_calls: 5,
  max_write_cost: 0.5,
  seconds: 10,
};

export const KINDS: { value: WorkloadKind; text: string }[] = [
  { value: 'replay', text: 'A replay' },
  { value: 'statements', text: 'pg_stat_statements' },
  { value: 'file', text: 'A file' },
  { value: 'text', text: 'SQL text' },
];

/** Only these tell how long a statement takes and how often it runs. */
export const timed = (kind: WorkloadKind): boolean => kind === 'replay' || kind === 'statements';

export const databasesIn = (sources: SourceStatus[]): SourceStatus[] =>
  sources.filter(({ config }) => config.kind === 'postgres');

/** Begins with what was asked for before, else with what is there. */
export function fieldsFor(
  request: IndexAdviceRequest | null,
  sources: SourceStatus[],
  replays: ReplayStatus[],
  replay: string | undefined,
): AdviceFields {
  const first = databasesIn(sources).find(({ config }) => config.enabled)?.config.id ?? '';
  const workload = request?.workload;
  const limits = request?.limits ?? DEFAULTS;
  const filters = workload && !timed(workload.type) ? DEFAULTS : limits;
  const chosen = replay ?? (workload?.type === 'replay' ? workload.replay : undefined);
  const fresh = workload?.type === 'statements' ? workload.seconds : null;
  return {
    source: request ? (request.source ?? '') : first,
    kind: replay
      ? 'replay'
      : (workload?.type ?? (replays.length > 0 || first === '' ? 'replay' : 'statements')),
    replay: replays.find(({ id }) => id === chosen)?.id ?? replays[0]?.id ?? '',
    fresh: fresh !== null,
    freshSeconds: String(fresh ?? 60),
    path: workload?.type === 'file' ? workload.path : '',
    sql: workload?.type === 'text' ? workload.sql : '',
    minMean: String(filters.min_mean_ms),
    minCalls: String(filters.min_calls),
    budget: limits.budget_bytes,
    writeCost: percentText(limits.max_write_cost),
    seconds: String(limits.seconds),
  };
}

export const percentText = (ratio: number): string => String(Math.round(ratio * 1000) / 10);

const number = (text: string): number => (text.trim() === '' ? NaN : Number(text.trim()));
const whole = (text: string, least: number, most: number): boolean =>
  /^\d{1,9}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;

/** A share from a number of percent, or nothing where it is none. */
export function ratioOf(text: string): number | null {
  const value = number(text);
  return value >= 0 && value <= 10_000 ? value / 100 : null;
}

export function check(fields: AdviceFields): AdviceErrors {
  const errors: AdviceErrors = {};
  switch (fields.kind) {
    case 'replay':
      if (fields.replay === '') errors.replay = 'Replay a log first, or choose another workload.';
      break;
    case 'statements':
      if (fields.source === '') errors.source = 'pg_stat_statements is read from a database: choose one.';
      if (fields.fresh && !whole(fields.freshSeconds, 1, 86_400))
        errors.freshSeconds = 'Enter whole seconds, 1 to 86,400.';
      break;
    case 'file':
      if (fields.path.trim() === '') errors.path = 'Choose a file of SQL statements.';
      break;
    case 'text':
      if (fields.sql.trim() === '') errors.sql = 'Paste one statement or more.';
  }
  if (timed(fields.kind)) {
    if (!(number(fields.minMean) >= 0)) errors.minMean = 'Enter milliseconds, 0 or more.';
    if (!whole(fields.minCalls, 0, 999_999_999)) errors.minCalls = 'Enter a whole number, 0 or more.';
  }
  if (ratioOf(fields.writeCost) === null) errors.writeCost = 'Enter percent, 0 or more.';
  if (!whole(fields.seconds, 1, 3600)) errors.seconds = 'Enter whole seconds, 1 to 3,600.';
  return errors;
}

function workloadOf(fields: AdviceFields): WorkloadChoice {
  switch (fields.kind) {
    case 'replay':
      return { type: 'replay', replay: fields.replay };
    case 'statements':
      return { type: 'statements', seconds: fields.fresh ? Number(fields.freshSeconds) : null };
    case 'file':
      return { type: 'file', path: fields.path.trim() };
    case 'text':
      return { type: 'text', sql: fields.sql };
  }
}

/** Filters that cannot apply are sent as none at all. */
export const requestOf = (fields: AdviceFields): IndexAdviceRequest => ({
  source: fields.source || null,
  workload: workloadOf(fields),
  limits: {
    budget_bytes: fields.budget,
    min_mean_ms: timed(fields.kind) ? number(fields.minMean) : 0,
    min_calls: timed(fields.kind) ? Number(fields.minCalls) : 0,
    max_write_cost: ratioOf(fields.writeCost) ?? DEFAULTS.max_write_cost,
    seconds: Number(fields.seconds),
  },
});
