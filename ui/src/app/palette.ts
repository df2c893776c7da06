// What the palette can reach, and how typing narrows it.
export interface Entry {
  id: string;
  title: string;
  /** Page, source, action, time range or appearance. */
  kind: string;
  hint?: string;
  run: () => void;
}

/** Letters in order, as people abbreviate; whole words and beginnings rank first. */
export function score(query: string, title: string): number | null {
  const needle = query.trim().toLowerCase();
  const text = title.toLowerCase();
  if (needle === '') return 0;
  if (text.startsWith(needle)) return 100 - text.length / 100;
  const word = text.split(/[\s,:/-]+/).some((part) => part.startsWith(needle));
  if (word) return 80 - text.length / 100;
  if (text.includes(needle)) return 60 - text.length / 100;
  let at = -1;
  let gaps = 0;
  for (const letter of needle.replaceAll(' ', '')) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return null;
    gaps += next - at - 1;
    at = next;
  }
  return 40 - gaps;
}

export function filterEntries(entries: Entry[], query: string): Entry[] {
  return entries
    .map((entry, index) => ({ entry, index, rank: score(query, `${entry.title} ${entry.kind}`) }))
    .filter((found): found is typeof found & { rank: number } => found.rank !== null && found.rank > -20)
    .sort((a, b) => b.rank - a.rank || a.index - b.index)
    .map((found) => found.entry);
}
