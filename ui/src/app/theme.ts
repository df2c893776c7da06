// Puts the chosen appearance on the document, following the system while it is asked to.
import type { Appearance } from '../api/generated/Appearance';

const prefersLight = () => window.matchMedia('(prefers-color-scheme: light)');

export function themeOf(appearance: Appearance, systemIsLight: boolean): 'dark' | 'light' {
  if (appearance === 'system') return systemIsLight ? 'light' : 'dark';
  return appearance;
}

/** Applies `appearance` now and whenever the system changes its mind; answers with the way to stop. */
export function applyTheme(appearance: Appearance): () => void {
  const media = prefersLight();
  const apply = () => {
    document.documentElement.dataset['theme'] = themeOf(appearance, media.matches);
  };
  apply();
  media.addEventListener('change', apply);
  return () => media.removeEventListener('change', apply);
}
