// Whether the palette or the list of shortcuts lies over the page.
export const overlay = $state<{ open: 'palette' | 'shortcuts' | null }>({ open: null });

export function openPalette(): void {
  overlay.open = 'palette';
}

export function openShortcuts(): void {
  overlay.open = 'shortcuts';
}

export function closeOverlay(): void {
  overlay.open = null;
}
