// Every text colour meets WCAG AA (4.5 to 1) on every surface it stands on, in both themes.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync('src/app/tokens.css', 'utf8');
const [dark = '', light = ''] = css.split(":root[data-theme='light']");

function tokens(block: string): Record<string, string> {
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, name, value]) => [name, value]),
  );
}

type Rgb = [number, number, number];
const channels = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;

/** A soft colour has its opacity in the last two digits. */
function over(soft: string, ground: Rgb): Rgb {
  const alpha = parseInt(soft.slice(7, 9) || 'ff', 16) / 255;
  return channels(soft).map((c, i) => c * alpha + (ground[i] ?? 0) * (1 - alpha)) as Rgb;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) =>
    c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  ) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const themes = { dark: tokens(dark), light: { ...tokens(dark), ...tokens(light) } };
const SURFACES = ['bg', 'bg-raised', 'bg-sunken', 'bg-hover'];

for (const [theme, of] of Object.entries(themes)) {
  const value = (name: string) => of[name] ?? '#000000';

  test.each(['text', 'text-2', 'text-3', 'code-keyword', 'info', 'warn', 'crit', 'ok'])(
    `${theme}: %s on every surface`,
    (ink) => {
      for (const surface of SURFACES) {
        expect(contrast(channels(value(ink)), channels(value(surface))), surface).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  test.each(['ok', 'warn', 'crit', 'info'])(`${theme}: %s on its own soft ground`, (tone) => {
    for (const surface of ['bg-raised', 'bg-sunken']) {
      const ground = over(value(`${tone}-soft`), channels(value(surface)));
      expect(contrast(channels(value(tone)), ground), surface).toBeGreaterThanOrEqual(4.5);
    }
  });

  test(`${theme}: the primary button`, () => {
    expect(contrast(channels(value('on-accent')), channels(value('accent')))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['s1', 's2', 's3', 's4', 's5', 's6'])(`${theme}: line %s can be seen`, (line) => {
    expect(contrast(channels(value(line)), channels(value('bg-raised')))).toBeGreaterThanOrEqual(3);
  });
}
