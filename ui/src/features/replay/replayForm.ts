// The options of a replay as they are typed, checked, and sent.
import type { LogDurationUnit } from '../../api/generated/LogDurationUnit';
import type { ReplayRequest } from '../../api/generated/ReplayRequest';

export interface RequestFields {
  prefix: string;
  threshold: string;
  gap: string;
  keepLiterals: boolean;
  mapped: boolean;
  time: string;
  sql: string;
  duration: string;
  durationUnit: LogDurationUnit;
  parameters: string;
  requestId: string;
  rows: string;
}

export type RequestErrors = Partial<Record<'threshold' | 'gap' | 'time' | 'sql', string>>;

export const DEFAULT_THRESHOLD = 3;
export const DEFAULT_GAP_MS = 500;

export const DURATION_UNITS: { value: LogDurationUnit; text: string }[] = [
  { value: 'guess', text: 'Guess from the name and the values' },
  { value: 'seconds', text: 'Seconds' },
  { value: 'milliseconds', text: 'Milliseconds' },
  { value: 'microseconds', text: 'Microseconds' },
  { value: 'nanoseconds', text: 'Nanoseconds' },
];

export const emptyFields = (): RequestFields => ({
  prefix: '',
  threshold: String(DEFAULT_THRESHOLD),
  gap: String(DEFAULT_GAP_MS),
  keepLiterals: false,
  mapped: false,
  time: '',
  sql: '',
  duration: '',
  durationUnit: 'guess',
  parameters: '',
  requestId: '',
  rows: '',
});

/** The form of a request that was made before. */
export function fieldsOf(request: ReplayRequest): RequestFields {
  const { fields } = request;
  return {
    prefix: request.prefix ?? '',
    threshold: String(request.threshold ?? DEFAULT_THRESHOLD),
    gap: String(request.session_gap_ms ?? DEFAULT_GAP_MS),
    keepLiterals: request.keep_literals,
    mapped: fields !== null,
    time: fields?.time ?? '',
    sql: fields?.sql ?? '',
    duration: fields?.duration ?? '',
    durationUnit: fields?.duration_unit ?? 'guess',
    parameters: fields?.parameters ?? '',
    requestId: fields?.request_id ?? '',
    rows: fields?.rows ?? '',
  };
}

const whole = (text: string): number | null => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : null);
const named = (text: string): string | null => text.trim() || null;

export function check(fields: RequestFields): RequestErrors {
  const errors: RequestErrors = {};
  if ((whole(fields.threshold) ?? 0) < 2) errors.threshold = 'Enter a whole number, 2 or more.';
  if ((whole(fields.gap) ?? 0) < 1) errors.gap = 'Enter milliseconds, 1 or more.';
  if (fields.mapped && !named(fields.time)) errors.time = 'Name the field that holds the time.';
  if (fields.mapped && !named(fields.sql)) errors.sql = 'Name the field that holds the statement.';
  return errors;
}

/** What is left at its default is not sent, so that the engine's own default holds. */
export function requestOf(inputs: string[], fields: RequestFields): ReplayRequest {
  const threshold = whole(fields.threshold);
  const gap = whole(fields.gap);
  return {
    inputs,
    // Blanks belong to a prefix: only one of nothing but blanks is none.
    prefix: fields.prefix.trim() === '' ? null : fields.prefix,
    fields: fields.mapped
      ? {
          time: fields.time.trim(),
          sql: fields.sql.trim(),
          duration: named(fields.duration),
          duration_unit: fields.durationUnit,
          parameters: named(fields.parameters),
          request_id: named(fields.requestId),
          rows: named(fields.rows),
        }
      : null,
    threshold: threshold === DEFAULT_THRESHOLD ? null : threshold,
    session_gap_ms: gap === DEFAULT_GAP_MS ? null : gap,
    keep_literals: fields.keepLiterals,
  };
}
