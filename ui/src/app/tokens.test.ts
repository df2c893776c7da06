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

  test.each(['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'])(
    `${theme}: line %s can be seen`,
    (line) => {
      expect(contrast(channels(value(line)), channels(value('bg-raised')))).toBeGreaterThanOrEqual(3);
    },
  );
}

// How eyes without one kind of cone see linear light (Machado and others, 2009).
const EYES: Record<string, Rgb[]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const dot = (row: Rgb, of: Rgb) => row.reduce((sum, factor, i) => sum + factor * (of[i] ?? 0), 0);

/** CIE L*a*b* of a layer, four fifths opaque, as these eyes see it. */
function seen(layer: string, ground: string, eyes: Rgb[]): Rgb {
  const light = over(`${layer}cc`, channels(ground)).map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  ) as Rgb;
  const rgb = eyes.map((row) => Math.min(1, Math.max(0, dot(row, light)))) as Rgb;
  const [x, y, z] = [
    dot([0.4124, 0.3576, 0.1805], rgb) / 0.9505,
    dot([0.2126, 0.7152, 0.0722], rgb),
    dot([0.0193, 0.1192, 0.9505], rgb) / 1.089,
  ].map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116)) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const LAYERS = ['cpu', 'io', 'lock', 'internal', 'client', 'idle', 'other'];
const PAIRS = LAYERS.flatMap((one, index) => LAYERS.slice(index + 1).map((other) => [one, other] as const));

for (const [theme, of] of Object.entries(themes)) {
  test.each(Object.entries(EYES))(`${theme}: %s eyes tell the waits of a stack apart`, (_name, eyes) => {
    const colour = (layer: string) => seen(of[`wait-${layer}`] ?? '', of['bg-raised'] ?? '', eyes);
    for (const [one, other] of PAIRS) {
      const distance = Math.hypot(...colour(one).map((c, i) => c - (colour(other)[i] ?? 0)));
      expect(distance, `${one} and ${other}`).toBeGreaterThanOrEqual(15);
    }
  });
}
