// Keys mean what the list says, except while someone types.
import { expect, test } from 'vitest';
import { themeOf } from './theme';
import { KeyReader } from './shortcuts';

const key = (name: string, init: KeyboardEventInit = {}) =>
  new KeyboardEvent('keydown', { key: name, ...init });

test('g then p goes to Pools, but not after a pause, and not p alone', () => {
  const keys = new KeyReader();
  expect(keys.read(key('p'), 0)).toBeNull();
  keys.read(key('g'), 100);
  expect(keys.read(key('p'), 300)).toEqual({ type: 'go', page: 'pools' });
  keys.read(key('g'), 1000);
  expect(keys.read(key('p'), 3000)).toBeNull();
});

test('Ctrl+K and ? open what they should', () => {
  const keys = new KeyReader();
  expect(keys.read(key('k', { ctrlKey: true }), 0)).toEqual({ type: 'palette' });
  expect(keys.read(key('?', { shiftKey: true }), 0)).toEqual({ type: 'shortcuts' });
});

test('letters typed into a field are text; Ctrl+K works even there', () => {
  const keys = new KeyReader();
  const input = document.body.appendChild(document.createElement('input'));
  const found: unknown[] = [];
  input.addEventListener('keydown', (event) => found.push(keys.read(event, 0)));
  input.dispatchEvent(key('g'));
  input.dispatchEvent(key('p'));
  input.dispatchEvent(key('k', { ctrlKey: true }));
  expect(found).toEqual([null, null, { type: 'palette' }]);
});

test('the system decides the theme only while it is asked to', () => {
  expect([
    themeOf('system', true),
    themeOf('system', false),
    themeOf('dark', true),
    themeOf('light', false),
  ]).toEqual(['light', 'dark', 'dark', 'light']);
});
