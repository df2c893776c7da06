// Menus obey the keyboard, progress is told in numbers, and a small choice is remembered where that is possible.
import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import Menu from './Menu.svelte';
import Progress from './Progress.svelte';
import { Remembered } from './remembered.svelte';

const items = [
  { value: 'text', text: 'Plain text' },
  { value: 'html', text: 'HTML', hint: 'One page' },
  { value: 'json', text: 'JSON' },
];

test('a menu opens on its first entry, moves by arrows, acts and gives the focus back', async () => {
  const onchoose = vi.fn();
  render(Menu, { label: 'Export', items, testid: 'm', onchoose });
  const button = screen.getByTestId('m');
  await fireEvent.click(button);
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('m-text')));
  await fireEvent.keyDown(screen.getByTestId('m-text'), { key: 'ArrowUp' });
  expect(document.activeElement).toBe(screen.getByTestId('m-json'));
  await fireEvent.keyDown(screen.getByTestId('m-json'), { key: 'ArrowDown' });
  await fireEvent.keyDown(screen.getByTestId('m-text'), { key: 'ArrowDown' });
  await fireEvent.click(document.activeElement as HTMLElement);
  expect(onchoose).toHaveBeenCalledWith('html');
  expect(screen.queryByRole('menu')).toBeNull();
  expect(document.activeElement).toBe(button);
});

test('Esc closes a menu without choosing, and so does leaving it', async () => {
  const onchoose = vi.fn();
  render(Menu, { label: 'Export', items, testid: 'm', onchoose });
  await fireEvent.click(screen.getByTestId('m'));
  await fireEvent.keyDown(screen.getByTestId('m-text'), { key: 'Escape' });
  expect(screen.queryByRole('menu')).toBeNull();
  await fireEvent.click(screen.getByTestId('m'));
  await fireEvent.focusOut(screen.getByTestId('m-text'), { relatedTarget: document.body });
  expect(screen.queryByRole('menu')).toBeNull();
  expect(onchoose).not.toHaveBeenCalled();
});

test('progress never says more than is done, and nothing where the end is not known', async () => {
  const { rerender } = render(Progress, { label: 'Reading', ratio: 0.999, testid: 'p' });
  const now = () => screen.getByTestId('p').getAttribute('aria-valuenow');
  expect(now()).toBe('99');
  await rerender({ ratio: 1.2 });
  expect(now()).toBe('100');
  await rerender({ ratio: null });
  expect(now()).toBeNull();
});

test('a choice outlives the window; where storage is refused it holds as long as the window', () => {
  new Remembered('test').value = 'rails';
  expect(new Remembered('test').value).toBe('rails');
  const refuse = () => {
    throw new Error('refused');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
  const choice = new Remembered('test');
  expect(choice.value).toBe('');
  choice.value = 'django';
  expect(choice.value).toBe('django');
  vi.unstubAllGlobals();
});
