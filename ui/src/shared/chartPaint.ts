// Painting options of a chart: axes, series, thresholds and marks, with colours read from the theme at every draw.
import type uPlot from 'uplot';
import { tickLabel, ticksOf, timeLabel, timeTicks, type Scale } from './chartScale';
import { colorOf, dense, shaded, yScale, type Plot, type SeriesColor } from './chartModel';

export interface Look {
  colors: SeriesColor[];
  area: boolean;
  xAxis: boolean;
  pinned: boolean;
  /** The series lie on each other: `plot` holds their tops. */
  stacked: boolean;
}

/** What a painter asks for at draw time, since data, theme and toggles change under a living chart. */
export interface Source {
  plot: () => Plot;
  hidden: () => ReadonlySet<string>;
  look: () => Look;
}

export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const FONT = () => `10px ${token('font')}`;
export const AXIS_WIDTH = 42;
/** Of a figure in FONT, about. */
const GLYPH_WIDTH = 6;
/** Above and to the right of the plot. */
export const PADDING = 12;

export function axes(source: Source): uPlot.Axis[] {
  const grid = () => token('line');
  const ink = () => token('text-3');
  return [
    {
      show: source.look().xAxis,
      stroke: ink,
      font: FONT(),
      size: 20,
      gap: 7,
      grid: { show: false },
      ticks: { show: false },
      splits: (u, _axis, from, to) => timeTicks(from, to, u.bbox.width / devicePixelRatio),
      values: (u, splits) => {
        const { min, max } = u.scales['x'] ?? {};
        const room = u.bbox.width / devicePixelRatio + PADDING;
        return splits.map((at) => {
          const label = timeLabel(at, (max ?? 0) - (min ?? 0));
          // Half a label that would stand out of the canvas is worse than none.
          return u.valToPos(at, 'x') + (label.length * GLYPH_WIDTH) / 2 > room ? '' : label;
        });
      },
    },
    {
      stroke: ink,
      font: FONT(),
      size: AXIS_WIDTH,
      gap: 6,
      grid: { stroke: grid, width: 1 },
      ticks: { show: false },
      splits: (u) => ticksOf(scaleFor(u, source)),
      values: (_u, splits) =>
        splits.map((value) => tickLabel(value, source.plot().series[0]?.unit ?? 'count')),
    },
  ];
}

export function scales(source: Source): uPlot.Scales {
  return {
    x: { time: true },
    y: { range: (u) => [0, scaleFor(u, source).max] },
  };
}

const scaled = new WeakMap<Plot, { hidden: ReadonlySet<string>; ticks: number; scale: Scale }>();

/** Asked several times for every draw, so half a million points are looked through once. */
function scaleFor(u: uPlot, source: Source): Scale {
  const plot = source.plot();
  const hidden = source.hidden();
  const ticks = Math.max(2, Math.round(u.height / 38));
  const known = scaled.get(plot);
  if (known?.hidden === hidden && known.ticks === ticks) return known.scale;
  const scale = yScale(plot, hidden, source.look().pinned, ticks);
  scaled.set(plot, { hidden, ticks, scale });
  return scale;
}

/** One painted line for each series, and one unseen for its highs, which bounds the shade above it. */
export function series(source: Source): uPlot.Series[] {
  const plot = source.plot();
  const look = source.look();
  if (look.stacked)
    return [{}, ...plot.series.map((line, index) => layer(line.name, colorOf(index, look.colors)))];
  const lines = plot.series.map((line, index): uPlot.Series => {
    const name = colorOf(index, look.colors);
    return {
      label: line.name,
      show: !source.hidden().has(line.name),
      stroke: () => token(name),
      width: dense(plot) ? 1 : 1.5,
      spanGaps: false,
      ...(index >= look.colors.length && !dense(plot) ? { dash: [5, 3] } : {}),
      points: { show: true, size: 3, filter: isolated },
      ...(look.area && index === 0 ? { fill: () => `${token(name)}1f` } : {}),
    };
  });
  const highs = plot.series
    .filter((line) => shaded(plot, line))
    .map((line): uPlot.Series => {
      return {
        label: `${line.name} high`,
        show: !source.hidden().has(line.name),
        width: 0,
        points: { show: false },
      };
    });
  return [{}, ...lines, ...highs];
}

/** A layer of a stack: filled down to the layer beneath it, which its band says. */
function layer(label: string, color: SeriesColor): uPlot.Series {
  return {
    label,
    width: 0,
    spanGaps: false,
    fill: () => `${token(color)}cc`,
    points: { show: true, size: 3, filter: isolated, width: 0, fill: () => token(color) },
  };
}

/** A sample with a gap on both sides would vanish as a line, so only such samples are drawn as points. */
const isolated: uPlot.Series.Points.Filter = (u, index) => {
  const values = u.data[index];
  const [from, to] = u.series[0]?.idxs ?? [0, -1];
  if (!values || to - from > 5000) return [];
  const found: number[] = [];
  for (let i = from; i <= to; i += 1) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  }
  return found;
};

export function bands(source: Source): uPlot.Band[] {
  const plot = source.plot();
  if (source.look().stacked)
    return plot.series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] }));
  const found: uPlot.Band[] = [];
  let high = plot.series.length + 1;
  plot.series.forEach((line, index) => {
    if (!shaded(plot, line)) return;
    const name = colorOf(index, source.look().colors);
    found.push({ series: [high, index + 1], fill: () => `${token(name)}26` });
    high += 1;
  });
  return found;
}

export function rows(plot: Plot): uPlot.AlignedData {
  const highs = plot.series.flatMap((line) => (line.highs && shaded(plot, line) ? [line.highs] : []));
  return [plot.times, ...plot.series.map((line) => line.values), ...highs];
}

/** Dashed thresholds with their number at the right, and dotted marks with their reason at the top. */
export function paintLimits(u: uPlot, plot: Plot): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  ctx.save();
  ctx.font = `${10 * ratio}px ${token('font')}`;
  ctx.lineWidth = ratio;
  const max = u.scales['y']?.max ?? 0;
  const taken: number[] = [];
  for (const threshold of [...plot.thresholds].sort((a, b) => b.value - a.value)) {
    if (threshold.value > max) continue;
    const y = Math.round(u.valToPos(threshold.value, 'y', true)) + 0.5;
    const color = token(threshold.severity === 'critical' ? 'crit' : 'warn');
    ctx.strokeStyle = color;
    ctx.setLineDash([3 * ratio, 4 * ratio]);
    line(ctx, left, y, left + width, y);
    // Close thresholds share no room for both numbers above their lines; the lower one goes below.
    const below = taken.some((other) => Math.abs(other - y) < 14 * ratio);
    taken.push(y);
    label(ctx, threshold.label, left + width - 4 * ratio, below ? y + 11 * ratio : y - 4 * ratio, color);
  }
  for (const mark of plot.marks) {
    const x = Math.round(u.valToPos(mark.at, 'x', true)) + 0.5;
    if (x < left || x > left + width) continue;
    ctx.strokeStyle = token('text-3');
    ctx.setLineDash([ratio, 3 * ratio]);
    line(ctx, x, top, x, top + height);
    label(ctx, mark.label, x, top - 2 * ratio, token('text-3'), 'center');
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function label(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  color: string,
  align: CanvasTextAlign = 'right',
): void {
  ctx.textAlign = align;
  ctx.textBaseline = 'alphabetic';
  // A rim in the panel's colour keeps the number readable where a line runs through it.
  ctx.setLineDash([]);
  ctx.strokeStyle = token('bg-raised');
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeText(text, x, y);
  ctx.lineWidth = devicePixelRatio;
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}
