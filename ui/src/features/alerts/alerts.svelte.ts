// What the Alerts page knows: findings open now and those that ended within the window.
import type { Finding } from '../../api/generated/Finding';
import type { TimeRange } from '../../api/generated/TimeRange';
import type { Timestamp } from '../../api/generated/Timestamp';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { duration } from '../../shared/format';
import { rank } from '../../shared/severity';
import type { Tone } from '../../shared/tone';

export function alertsResource(): Resource<TimeRange, Finding[]> {
  return new Resource((range) => host().findingsList(range));
}

/** Open before past; open ones by severity, past ones by when they ended. */
export function ordered(findings: Finding[]): Finding[] {
  return findings.toSorted((a, b) => {
    if (a.cleared_at === null && b.cleared_at === null)
      return rank(b.severity) - rank(a.severity) || b.since - a.since;
    if (a.cleared_at !== null && b.cleared_at !== null) return b.cleared_at - a.cleared_at;
    return a.cleared_at === null ? -1 : 1;
  });
}

export function findingState(finding: Finding, now: number): { text: string; tone: Tone } {
  if (finding.cleared_at !== null) return { text: 'ended', tone: 'none' };
  if (isMuted(finding, now)) return { text: 'muted', tone: 'none' };
  return { text: finding.severity, tone: finding.severity };
}

export const isMuted = (finding: Finding, now: number): boolean => (finding.muted_until ?? 0) > now;

export function lasted(finding: Finding, now: number): number {
  return Math.max(0, ((finding.cleared_at ?? now) - finding.since) / 1000);
}

export const lastedWords = (finding: Finding, now: number): string =>
  duration(Math.round(lasted(finding, now)));

export const MUTES = [
  { value: 'hour', text: '1 hour' },
  { value: 'day', text: '24 hours' },
  { value: 'cleared', text: 'Until it clears' },
] as const;

export type Mute = (typeof MUTES)[number]['value'];

/** The last moment that a date can name: a finding ends long before, and a new one is not muted. */
export const UNTIL_IT_CLEARS: Timestamp = 8_640_000_000_000_000;

export function muteUntil(mute: Mute, now: number): Timestamp {
  if (mute === 'hour') return now + 3_600_000;
  return mute === 'day' ? now + 86_400_000 : UNTIL_IT_CLEARS;
}
