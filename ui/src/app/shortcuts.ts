// Keys that work everywhere: what they are, and which one a key press means.
import { ROUTES } from './routes';

export interface Shortcut {
  keys: string[];
  does: string;
}

export const SHORTCUTS: Shortcut[] = [
  { keys: ['Ctrl', 'K'], does: 'Jump to a page, source or action' },
  ...ROUTES.map((route) => ({ keys: ['g', route.key], does: `Go to ${route.title}` })),
  { keys: ['?'], does: 'List these shortcuts' },
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['←', '→'], does: 'In a chart: move the cursor; with Shift by ten' },
  { keys: ['↑', '↓', 'Enter'], does: 'In a table: move, open' },
  { keys: ['Space'], does: 'In a table with boxes: tick the row' },
  { keys: ['←', '→'], does: 'In a tree: close and open; in the Activity chart: a second, with Shift ten' },
  { keys: ['Ctrl', 'C'], does: 'In a table: copy the row' },
  { keys: ['Alt', 'C'], does: 'In a table: copy the cell that was clicked last' },
  { keys: ['Drag'], does: 'In a chart: zoom; with Shift move the window; double click resets' },
];

export type Intent = { type: 'palette' } | { type: 'shortcuts' } | { type: 'go'; page: string };

/** Remembers a pressed `g` for a second and a half. */
export class KeyReader {
  #armedAt = -Infinity;

  read(event: KeyboardEvent, now: number): Intent | null {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') return { type: 'palette' };
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return null;
    const armed = now - this.#armedAt < 1500;
    this.#armedAt = event.key === 'g' ? now : -Infinity;
    if (event.key === '?') return { type: 'shortcuts' };
    if (!armed) return null;
    const route = ROUTES.find((candidate) => candidate.key === event.key);
    return route ? { type: 'go', page: route.id } : null;
  }
}

/** Letters typed into a field are text, not commands. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')
  );
}
