// What sessions wait for, by what it means: the layers of the chart, with their fixed colours.
import type { ActivitySession } from '../../api/generated/ActivitySession';
import type { ChartData } from '../../api/generated/ChartData';
import type { WaitClass } from '../../api/generated/WaitClass';
import type { Plot, SeriesColor } from '../../shared/chartModel';

interface WaitLayer {
  wait: WaitClass;
  label: string;
  color: SeriesColor;
  about: string;
  /** Named only where it occurs. */
  rare?: boolean;
}

/** From the bottom of the chart to its top, as the engine orders its series. */
export const WAITS: WaitLayer[] = [
  { wait: 'cpu', label: 'CPU', color: 'wait-cpu', about: 'Runs and waits for nothing' },
  { wait: 'io', label: 'I/O', color: 'wait-io', about: 'Waits for a disk' },
  { wait: 'lock', label: 'lock', color: 'wait-lock', about: 'Waits for a lock that another session holds' },
  {
    wait: 'internal',
    label: 'internal',
    color: 'wait-internal',
    about: 'Waits for a lightweight lock or a buffer within the server',
    rare: true,
  },
  { wait: 'client', label: 'client', color: 'wait-client', about: 'Waits for its client to read or to send' },
  {
    wait: 'idle_in_transaction',
    label: 'idle in transaction',
    color: 'wait-idle',
    about: 'Keeps a transaction open and does nothing',
  },
  {
    wait: 'other',
    label: 'other',
    color: 'wait-other',
    about: 'Waits for another process, a timeout or an extension',
    rare: true,
  },
];

const LAYERS = Object.fromEntries(WAITS.map((layer) => [layer.wait, layer])) as Record<WaitClass, WaitLayer>;
export const layerOf = (wait: WaitClass): WaitLayer => LAYERS[wait];

export interface WaitPlot {
  plot: Plot;
  colors: SeriesColor[];
}

/** The chart of the engine, its series named and coloured by what they mean; rare ones stay out until they occur. */
export function waitPlot(chart: ChartData): WaitPlot {
  const layers = chart.series.flatMap((series, index) => {
    const layer = WAITS[index];
    if (!layer || (layer.rare && !series.values.some((value) => value !== null && value > 0))) return [];
    return [{ layer, series: { ...series, name: layer.label, origin: `${layer.about}. ${series.origin}` } }];
  });
  return {
    plot: { ...chart, series: layers.map(({ series }) => series) },
    colors: layers.map(({ layer }) => layer.color),
  };
}

const KINDS: Record<string, WaitClass> = {
  IO: 'io',
  Lock: 'lock',
  LWLock: 'internal',
  BufferPin: 'internal',
  Buffer: 'internal',
  InjectionPoint: 'internal',
  Client: 'client',
};

/** As the engine counts it; nothing for a session that does nothing. */
export function waitOf(session: ActivitySession): WaitClass | null {
  const { state, backend_type, wait, statement } = session;
  if (state === 'idle_in_transaction' || state === 'idle_in_transaction_aborted')
    return 'idle_in_transaction';
  const process = state === 'unknown' && backend_type !== '' && backend_type !== 'client backend';
  const works = state === 'active' || state === 'fastpath_function_call' || (process && statement !== null);
  if (!works) return null;
  return wait === null ? 'cpu' : (KINDS[wait.kind] ?? 'other');
}

/** "Lock: transactionid", "CPU"; nothing for a session that does nothing. */
export function waitName(session: ActivitySession): string | null {
  const wait = waitOf(session);
  if (wait === null) return null;
  if (wait === 'idle_in_transaction' || session.wait === null) return layerOf(wait).label;
  return `${session.wait.kind}: ${session.wait.event}`;
}
