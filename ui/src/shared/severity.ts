// The order of severities, from calm to pressing.
import type { Tone } from './tone';

export type SeverityName = 'ok' | 'info' | 'warning' | 'critical';

const ORDER: SeverityName[] = ['ok', 'info', 'warning', 'critical'];

export function worst(severities: SeverityName[]): SeverityName {
  return severities.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'ok');
}

export function rank(severity: SeverityName): number {
  return ORDER.indexOf(severity);
}

/** A measure is coloured only when it is bad: calm numbers stay in the colour of text. */
export function alarming(severity: SeverityName | null): Tone {
  return severity === 'warning' || severity === 'critical' ? severity : 'none';
}
