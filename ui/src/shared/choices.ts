// The options of a filter: all, then every name that occurs, once, in the order of the alphabet. No name is no choice.
export function choices(all: string, names: string[]): { value: string; text: string }[] {
  const known = [...new Set(names.filter((name) => name !== ''))].toSorted((a, b) =>
    a.localeCompare(b, 'en'),
  );
  return [{ value: '', text: all }, ...known.map((name) => ({ value: name, text: name }))];
}
