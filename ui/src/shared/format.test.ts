// Numbers and times read as people write them.
import { expect, test } from 'vitest';
import {
  ABSENT,
  ago,
  brief,
  briefMs,
  bytes,
  count,
  coverage,
  duration,
  fineMs,
  percent,
  period,
  plural,
  quantity,
  roughly,
  segments,
  short,
  stretch,
} from './format';

test.each([
  [0, '0 s'],
  [0.00041, '410 µs'],
  [0.0041, '4.1 ms'],
  [0.41, '410 ms'],
  [0.9996, '1 s'],
  [1.5, '1.5 s'],
  [9.96, '10 s'],
  [38, '38 s'],
  [60, '60 s'],
  [108, '108 s'],
  [120, '2 min'],
  [252, '4 m 12 s'],
  [7500, '2 h 5 m'],
  [273_600, '3 d 4 h'],
  [-2, '−2 s'],
])('%d seconds read %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test.each([
  [59.9, '59 s'],
  [361, '6 min'],
  [7300, '2 h'],
  [200_000, '2 d'],
])('%d seconds are roughly %s', (seconds, text) => expect(roughly(seconds)).toBe(text));

test.each([
  [0.142, '142 ms'],
  [51, '51 s'],
  [72, '72 s'],
  [150, '2.5 min'],
  [2460, '41 min'],
  [7500, '2.1 h'],
  [300_000, '3.5 d'],
])('%d seconds in brief are %s', (seconds, text) => expect(brief(seconds)).toBe(text));

test('almost all is not all', () => {
  expect([coverage(99_999, 100_000), coverage(5, 5), coverage(2, 3), coverage(0, 0)]).toEqual([
    '99.9%',
    '100%',
    '66.6%',
    ABSENT,
  ]);
});

test.each([
  [7, '7'],
  [4.333, '4.33'],
  [12.345, '12.3'],
  [18_204, '18,204'],
])('%d counts as %s', (value, text) => expect(count(value)).toBe(text));

test('only head figures of ten million and more are shortened', () => {
  expect([short(4_110_332), short(41_103_320), short(1_204_110_332)]).toEqual([
    '4,110,332',
    '41.1 M',
    '1,204.1 M',
  ]);
});

test('shares keep a decimal only while it distinguishes', () => {
  expect([percent(0), percent(0.025), percent(0.944), percent(1)]).toEqual(['0%', '2.5%', '94%', '100%']);
});

test('sizes step at 1,024', () => {
  expect([bytes(0), bytes(1023), bytes(1536), bytes(41 * 1024 ** 2)]).toEqual([
    '0 B',
    '1,023 B',
    '1.5 kB',
    '41 MB',
  ]);
});

test('absent is not zero', () => {
  expect(quantity(null, 'count')).toBe(ABSENT);
  expect(quantity(Number.NaN, 'ratio')).toBe(ABSENT);
  expect(quantity(0, 'count')).toBe('0');
  expect(quantity(410, 'milliseconds')).toBe('410 ms');
  expect(quantity(84, 'per_second')).toBe('84 /s');
});

test('a moment ahead of this clock is now, not minus two seconds ago', () => {
  expect(ago(10_000, 8_000)).toBe('now');
  expect(ago(10_000, 12_000)).toBe('2 s ago');
});

test('a stretch names the day once, or both where they differ', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  expect(stretch(at(22, 9), at(22, 11), at(22, 12))).toBe('09:00:00 to 11:00:00');
  expect(stretch(at(21, 9), at(21, 11), at(22, 12))).toBe('21 Nov, 09:00:00 to 11:00:00');
  expect(stretch(at(21, 9), at(22, 9), at(22, 12))).toBe('21 Nov, 09:00:00 to 22 Nov, 09:00:00');
});

test('one is singular', () => {
  expect([plural(0, 'session'), plural(1, 'session'), plural(6, 'session')]).toEqual([
    '0 sessions',
    '1 session',
    '6 sessions',
  ]);
});

test('marked text splits into names and code, and unpaired marks stay', () => {
  expect(segments('All of **a** in `GET /x`.')).toEqual([
    { kind: 'text', text: 'All of ' },
    { kind: 'strong', text: 'a' },
    { kind: 'text', text: ' in ' },
    { kind: 'code', text: 'GET /x' },
    { kind: 'text', text: '.' },
  ]);
  expect(segments('5 ** 2 and ` alone')).toEqual([{ kind: 'text', text: '5 ** 2 and ` alone' }]);
  expect(segments('<b>x</b>')).toEqual([{ kind: 'text', text: '<b>x</b>' }]);
});

test('milliseconds to be compared keep one decimal, tiny ones two', () => {
  expect([157.5, 88, 0.4, 0.034, 0.001, 0, 999.99, 2400].map(fineMs)).toEqual([
    '157.5 ms',
    '88.0 ms',
    '0.4 ms',
    '0.03 ms',
    '0.01 ms',
    '0.0 ms',
    '1 s',
    '2.4 s',
  ]);
});

test('milliseconds that were not measured are absent, not zero', () => {
  expect([0, 1500, null, undefined].map(briefMs)).toEqual([brief(0), brief(1.5), '–', '–']);
});

test('a chosen length of time is told in the unit that divides it', () => {
  expect([10, 60, 90, 120, 600, 3600, 5400, 7200, 86_400, 172_800].map(period)).toEqual([
    '10 s',
    '1 min',
    '90 s',
    '2 min',
    '10 min',
    '1 h',
    '90 min',
    '2 h',
    '1 d',
    '2 d',
  ]);
});
