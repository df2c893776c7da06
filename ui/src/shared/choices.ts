// The options of a filter: all, then every name that occurs, once, in the order of the alphabet.
export function choices(all: string, names: string[]): { value: string; text: string }[] {
  const known = [...new Set(names)].toSorted((a, b) => a.localeCompare(b, 'en'));
  return [{ value: '', text: all }, ...known.map((name) => ({ value: name, text: name }))];
}
