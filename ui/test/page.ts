// What a person does with a page and reads on it.
import { fireEvent, screen } from '@testing-library/svelte';

/** The text of an element, its blanks as they are shown. */
export const said = (id: string): string =>
  (screen.getByTestId(id).textContent ?? '').replaceAll(/\s+/g, ' ');

export const type = (id: string, value: string) =>
  fireEvent.input(screen.getByTestId(id), { target: { value } });

export const choose = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });

/** Types, and leaves the field. */
export async function commit(id: string, value: string): Promise<void> {
  await type(id, value);
  await choose(id, value);
}

/** Rows of a table by what they say. */
export const rowWith = (id: string, text: string): HTMLElement =>
  screen.getAllByTestId(id).find((row) => row.textContent?.includes(text)) as HTMLElement;
