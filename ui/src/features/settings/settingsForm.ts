// The settings as the page edits them: percentages and megabytes as text, checked before they are saved.
import type { PoolThresholds } from '../../api/generated/PoolThresholds';
import type { Settings } from '../../api/generated/Settings';

export type ThresholdKey = keyof PoolThresholds;

export interface ThresholdField {
  key: ThresholdKey;
  label: string;
  unit: '%' | 'seconds';
}

export const THRESHOLDS: ThresholdField[] = [
  { key: 'saturation_warning', label: 'Pool saturation, warning', unit: '%' },
  { key: 'saturation_critical', label: 'Pool saturation, critical', unit: '%' },
  { key: 'connections_warning', label: 'Backends in use, warning', unit: '%' },
  { key: 'connections_critical', label: 'Backends in use, critical', unit: '%' },
  { key: 'acquire_warning_seconds', label: 'Acquire time p95, warning', unit: 'seconds' },
  { key: 'acquire_critical_seconds', label: 'Acquire time p95, critical', unit: 'seconds' },
  { key: 'leak_seconds', label: 'All connections active before a leak is suspected', unit: 'seconds' },
  { key: 'idle_in_transaction_seconds', label: 'Idle in transaction', unit: 'seconds' },
  { key: 'hold_seconds', label: 'A condition is told after', unit: 'seconds' },
  { key: 'cooldown_seconds', label: 'A condition is cleared after', unit: 'seconds' },
  { key: 'target_utilisation', label: 'Utilisation that size advice aims at', unit: '%' },
];

export interface SettingsFields {
  team: string;
  metricsPort: string;
  days: string;
  gigabytes: string;
  recorder: boolean;
  recorderHours: string;
  recorderMegabytes: string;
  adviceHours: string;
  /** Ids of the databases that are looked at. */
  adviceSources: string[];
  /** The id of a Redis, or empty. */
  teamCache: string;
  thresholds: Record<ThresholdKey, string>;
}

export type SettingsErrors = Partial<Record<ThresholdKey | keyof SettingsFields, string>>;

const GB = 1024 ** 3;
const MB = 1024 ** 2;
/** The document's rule. */
const ADVICE_HOURS = 6;
const shown = (value: number) => String(Math.round(value * 1000) / 1000);

export function fieldsOf(settings: Settings): SettingsFields {
  const thresholds = Object.fromEntries(
    THRESHOLDS.map(({ key, unit }) => [key, shown(settings.pools[key] * (unit === '%' ? 100 : 1))]),
  ) as Record<ThresholdKey, string>;
  return {
    team: settings.team ?? '',
    metricsPort: settings.metrics_port === null ? '' : String(settings.metrics_port),
    days: String(settings.retention.days),
    gigabytes: shown(settings.retention.bytes / GB),
    recorder: settings.flight_recorder.enabled,
    recorderHours: String(settings.flight_recorder.hours),
    recorderMegabytes: shown(settings.flight_recorder.bytes / MB),
    adviceHours: String(settings.index_advice?.hours ?? ADVICE_HOURS),
    adviceSources: [...(settings.index_advice?.sources ?? [])],
    teamCache: settings.team_cache ?? '',
    thresholds,
  };
}

export function check(fields: SettingsFields): SettingsErrors {
  const errors: SettingsErrors = {};
  for (const { key, unit } of THRESHOLDS) {
    const value = numberOf(fields.thresholds[key]);
    if (unit === '%' && !(value > 0 && value <= 100)) errors[key] = 'From 1 to 100.';
    if (unit === 'seconds' && !(value >= 0)) errors[key] = 'Seconds, 0 or more.';
  }
  for (const of of ['saturation', 'connections'] as const) {
    if (numberOf(fields.thresholds[`${of}_warning`]) >= numberOf(fields.thresholds[`${of}_critical`])) {
      errors[`${of}_critical`] ??= 'Above the warning.';
    }
  }
  if (
    numberOf(fields.thresholds.acquire_warning_seconds) >=
    numberOf(fields.thresholds.acquire_critical_seconds)
  ) {
    errors.acquire_critical_seconds ??= 'Above the warning.';
  }
  const port = fields.metricsPort.trim();
  if (port !== '' && !(/^\d+$/.test(port) && Number(port) >= 1024 && Number(port) <= 65_535)) {
    errors.metricsPort = 'From 1024 to 65535, or nothing to switch it off.';
  }
  if (!(/^\d+$/.test(fields.days.trim()) && Number(fields.days) >= 1)) errors.days = 'Whole days, 1 or more.';
  for (const key of ['adviceHours', 'recorderHours'] as const) {
    if (!(/^\d+$/.test(fields[key].trim()) && inWeek(Number(fields[key])))) {
      errors[key] = 'Whole hours, from 1 to 168.';
    }
  }
  if (!(numberOf(fields.recorderMegabytes) >= 10)) errors.recorderMegabytes = '10 or more.';
  if (!(numberOf(fields.gigabytes) >= 0.1)) errors.gigabytes = '0.1 or more.';
  return errors;
}

const inWeek = (hours: number) => hours >= 1 && hours <= 168;
const numberOf = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/** Appearance is not here: it is applied the moment it is chosen. */
export function settingsOf(fields: SettingsFields, before: Settings): Settings {
  const pools = Object.fromEntries(
    THRESHOLDS.map(({ key, unit }) => [key, Number(fields.thresholds[key]) / (unit === '%' ? 100 : 1)]),
  ) as unknown as PoolThresholds;
  const { index_advice: _, team_cache: __, ...others } = before;
  return {
    ...others,
    ...(fields.adviceSources.length > 0 && {
      index_advice: { hours: Number(fields.adviceHours), sources: [...fields.adviceSources] },
    }),
    ...(fields.teamCache !== '' && { team_cache: fields.teamCache }),
    pools,
    retention: { days: Number(fields.days), bytes: Math.round(Number(fields.gigabytes) * GB) },
    flight_recorder: {
      enabled: fields.recorder,
      hours: Number(fields.recorderHours),
      bytes: Math.round(Number(fields.recorderMegabytes) * MB),
    },
    team: fields.team.trim() === '' ? null : fields.team.trim(),
    metrics_port: fields.metricsPort.trim() === '' ? null : Number(fields.metricsPort),
  };
}
