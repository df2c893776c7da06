// Where the moment that is looked at stands on a chart, and where a pointer or a key moves it to.
export interface Scrub {
  /** Nothing while the newest moment is followed. */
  at: number | null;
  /** What can be looked at. */
  oldest: number;
  newest: number;
}

interface Range {
  from: number;
  to: number;
}

const SECOND = 1000;
/** So near to the newest moment, that one is meant. */
const NEAR = 4;

/** The whole second under a pixel of the plot; the newest moment is followed again. */
export function momentAt(x: number, width: number, range: Range, scrub: Scrub): number | null {
  const perPixel = (range.to - range.from) / Math.max(1, width);
  const at = range.from + x * perPixel;
  if (at >= scrub.newest - NEAR * perPixel) return null;
  return bounded(Math.floor(at / SECOND) * SECOND, scrub);
}

/** Where a key moves to: a moment, nothing for the newest one, undefined for any other key. */
export function momentAfter(key: string, shift: boolean, scrub: Scrub): number | null | undefined {
  const here = scrub.at ?? wholeSecond(scrub.newest);
  const stride = (shift ? 10 : 1) * SECOND;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return bounded(here - stride, scrub);
    case 'ArrowRight':
    case 'ArrowUp':
      return bounded(here + stride, scrub);
    case 'PageDown':
      return bounded(here - 60 * SECOND, scrub);
    case 'PageUp':
      return bounded(here + 60 * SECOND, scrub);
    case 'Home':
      return bounded(scrub.oldest, scrub);
    case 'End':
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

const wholeSecond = (at: number): number => Math.floor(at / SECOND) * SECOND;

function bounded(at: number, { oldest, newest }: Scrub): number | null {
  if (at >= wholeSecond(newest)) return null;
  return Math.max(Math.ceil(oldest / SECOND) * SECOND, at);
}

/** In pixels from the left of the plot, never outside of it. */
export function pixelOf(at: number, width: number, range: Range): number {
  const ratio = (at - range.from) / Math.max(1, range.to - range.from);
  return Math.min(1, Math.max(0, ratio)) * width;
}

/** The step of the axis that a moment falls into. */
export function stepAt(times: number[], at: number): number | null {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : low - 1;
}
