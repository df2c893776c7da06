// Probing an instance's compression: which paths, what that costs, and what came of it, in words.
import type { CompressionVerdict } from '../../api/generated/CompressionVerdict';
import type { EndpointCompression } from '../../api/generated/EndpointCompression';
import type { SourceKind } from '../../api/generated/SourceKind';
import { plural } from '../../shared/format';
import type { Tone } from '../../shared/tone';

/** As a browser asks, as it is, and with the encoding that the browser was not given. */
const ENCODINGS = 3;
const MOST = 20;

export const pathsIn = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

export function checkPaths(paths: string[]): string | undefined {
  if (paths.length === 0) return 'Enter a path, /metrics for one.';
  if (paths.length > MOST) return `At most ${MOST} paths at once.`;
  const bad = paths.find((path) => !/^\/(?!\/)\S*$/.test(path));
  return bad === undefined ? undefined : `${bad} is no path: begin with one / and leave out blanks.`;
}

/** What a probe asks of the instance, each in a sentence. */
export function probeCost(paths: string[], kind: SourceKind): string[] {
  const words = [
    `Up to ${plural(paths.length * ENCODINGS, 'request')}, GET only: each path as a browser asks for it, without an encoding, and with the one that the browser was not given.`,
  ];
  if (kind !== 'mpanel') return words;
  const pathOnly = paths.map((path) => path.replace(/[?#].*$/, ''));
  if (pathOnly.includes('/metrics'))
    words.push(`/metrics leaks one APM transaction in an mPanel each time: ${ENCODINGS} of them.`);
  const limited = pathOnly.filter((path) => /^\/api\/(health|ready|live)$/.test(path)).length;
  if (limited > 0)
    words.push(
      `${plural(limited * ENCODINGS, 'request')} of the 100 in 15 min that /api/health, /api/ready and /api/live share; its monitoring needs them too.`,
    );
  return words;
}

const VERDICTS: Record<CompressionVerdict, { text: string; tone: Tone }> = {
  right: { text: 'right', tone: 'ok' },
  rightly_plain: { text: 'rightly plain', tone: 'ok' },
  missing: { text: 'not compressed', tone: 'warning' },
  improvable: { text: 'could be better', tone: 'info' },
  needless: { text: 'needless', tone: 'info' },
  unknown: { text: 'not known', tone: 'none' },
};

export const verdictWords = (verdict: CompressionVerdict) => VERDICTS[verdict];

export interface Sizes {
  plain: number;
  now: number;
  best: number;
}

/** Nothing where the endpoint did not answer. */
export function sizesOf({ plain_bytes, now_bytes, best_bytes }: EndpointCompression): Sizes | null {
  if (plain_bytes === null || now_bytes === null || best_bytes === null) return null;
  return { plain: plain_bytes, now: now_bytes, best: best_bytes };
}
