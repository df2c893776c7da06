// Where the bars of "one request, as it ran" stand: pure geometry, apart from how they are drawn.
import type { RepetitionExample } from '../../api/generated/RepetitionExample';
import type { RepetitionRun } from '../../api/generated/RepetitionRun';
import { niceScale, tickLabel, ticksOf } from '../../shared/chartScale';

export interface Bar {
  x: number;
  y: number;
  width: number;
  /** Without a duration only the beginning is known. */
  measured: boolean;
  parent: boolean;
  run: RepetitionRun;
}

export interface RunsLayout {
  bars: Bar[];
  ticks: { x: number; label: string }[];
  height: number;
  /** Height of a bar: thinner where there are many. */
  bar: number;
  /** Executions that were seen and are not drawn. */
  more: number;
}

const ROW = 10;
/** The bars share this height, down to rows that can still be told apart. */
const ROOM = 210;
const THINNEST_ROW = 4;
const PAD = 8;
const AXIS = 18;
/** A bar can still be seen at this width; the mark of a beginning always has it. */
const THINNEST = 3;

export function layoutRuns(example: RepetitionExample, width: number): RunsLayout {
  const runs = [
    ...(example.parent_run ? [{ run: example.parent_run, parent: true }] : []),
    ...example.runs.map((run) => ({ run, parent: false })),
  ];
  const ends = runs.map(({ run }) => run.offset_ms + (run.duration_ms ?? 0));
  const whole = Math.max(example.span_ms, ...ends, 0.001);
  const scale = (width - 2 * PAD) / whole;
  const row = Math.min(ROW, Math.max(THINNEST_ROW, ROOM / Math.max(1, runs.length)));
  const bars = runs.map(({ run, parent }, index): Bar => {
    const x = PAD + run.offset_ms * scale;
    const length = Math.max(THINNEST, (run.duration_ms ?? 0) * scale);
    return {
      x: Math.min(x, width - PAD - THINNEST),
      y: PAD + index * row,
      width: Math.min(length, Math.max(THINNEST, width - PAD - x)),
      measured: run.duration_ms !== null,
      parent,
      run,
    };
  });
  const step = niceScale(whole, 'milliseconds', Math.max(2, Math.floor(width / 70)));
  const ticks = ticksOf(step)
    .filter((at) => at <= whole)
    .map((at) => ({ x: PAD + at * scale, label: tickLabel(at, 'milliseconds') }));
  return {
    bars,
    ticks,
    height: 2 * PAD + Math.max(1, runs.length) * row + AXIS,
    bar: row * 0.6,
    more: Math.max(0, example.repeats - example.runs.length),
  };
}
