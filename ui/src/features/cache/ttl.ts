// How long results would be kept: the same for all, or chosen for a statement, and what either gives.
import type { CacheAtTtl } from '../../api/generated/CacheAtTtl';
import type { CacheCandidate } from '../../api/generated/CacheCandidate';
import { percent, period } from '../../shared/format';

export interface TtlChoice {
  /** For all; nothing where each keeps what is suggested for it. */
  all: number | null;
  /** Chosen for single statements, by fingerprint. */
  own: ReadonlyMap<string, number>;
}

export const SUGGESTED: TtlChoice = { all: null, own: new Map() };

/** One for all forgets what was chosen for single ones. */
export const forAll = (ttl: number | null): TtlChoice => ({ all: ttl, own: new Map() });

export const forOne = (choice: TtlChoice, fingerprint: string, ttl: number): TtlChoice => ({
  ...choice,
  own: new Map(choice.own).set(fingerprint, ttl),
});

export const ttlOf = (candidate: CacheCandidate, { all, own }: TtlChoice): number =>
  own.get(candidate.fingerprint) ?? all ?? candidate.suggested_ttl_seconds;

/** What was simulated at this time to live; of those the longest that is no longer. */
export function pointAt({ by_ttl }: CacheCandidate, ttl: number): CacheAtTtl | null {
  return by_ttl.findLast(({ ttl_seconds }) => ttl_seconds <= ttl) ?? by_ttl[0] ?? null;
}

/** Every time to live that was simulated for any, shortest first. */
export function stepsOf(candidates: CacheCandidate[]): number[] {
  const all = candidates.flatMap(({ by_ttl }) => by_ttl.map(({ ttl_seconds }) => ttl_seconds));
  return [...new Set(all)].toSorted((a, b) => a - b);
}

export interface Gain {
  calls: number;
  hits: number;
  savedMs: number;
  /** Of all time that these statements took, 0 to 1. */
  savedRatio: number | null;
}

export function gainOf(candidates: CacheCandidate[], choice: TtlChoice): Gain {
  let [calls, hits, savedMs, totalMs] = [0, 0, 0, 0];
  for (const candidate of candidates) {
    const point = pointAt(candidate, ttlOf(candidate, choice));
    calls += candidate.calls;
    totalMs += candidate.total_ms;
    hits += point?.hits ?? 0;
    savedMs += point?.saved_ms ?? 0;
  }
  return { calls, hits, savedMs, savedRatio: totalMs === 0 ? null : savedMs / totalMs };
}

export interface Curve {
  points: { x: number; y: number; at: CacheAtTtl }[];
  /** Of the line, for SVG. */
  line: string;
  labels: { x: number; text: string }[];
}

/** Steps stand equally far apart: they are chosen so that each tells about as much. */
export function curveOf(steps: CacheAtTtl[], width: number, height: number): Curve {
  const gap = steps.length < 2 ? 0 : width / (steps.length - 1);
  const points = steps.map((at, index) => ({ x: index * gap, y: height * (1 - at.hit_ratio), at }));
  const every = gap > 0 ? Math.max(1, Math.ceil(46 / gap)) : 1;
  return {
    points,
    line: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    labels: points
      .filter((_, index) => index % every === 0)
      .map(({ x, at }) => ({ x, text: period(at.ttl_seconds) })),
  };
}

/** One sentence for those who cannot see the curve. */
export function curveWords(steps: CacheAtTtl[]): string {
  const parts = steps.map(({ ttl_seconds, hit_ratio }) => `${percent(hit_ratio)} at ${period(ttl_seconds)}`);
  return `Hit rate by time to live: ${parts.join(', ')}`;
}
