// The page that is open and what it points at, kept in the fragment of the address.
export interface Place {
  page: string;
  params: Record<string, string>;
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { page: path, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function hrefOf(page: string, params: Record<string, string> = {}): string {
  const query = new URLSearchParams(params).toString();
  return `#/${page}${query ? `?${query}` : ''}`;
}

class Location {
  place = $state.raw<Place>(parsePlace(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => (this.place = parsePlace(window.location.hash)));
  }

  go(page: string, params: Record<string, string> = {}): void {
    window.location.hash = hrefOf(page, params);
    // The event comes later; the page should not flash the old place until then.
    this.place = { page, params };
  }
}

export const location = new Location();
