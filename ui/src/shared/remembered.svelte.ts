// A small choice of one person that outlives the window, where the browser keeps it; else only as long as the window.
export class Remembered {
  #value = $state('');
  readonly #key: string;

  constructor(key: string) {
    this.#key = `mpanel-console.${key}`;
    try {
      this.#value = localStorage.getItem(this.#key) ?? '';
    } catch {
      // Storage may be switched off: the choice then lasts as long as the window.
    }
  }

  get value(): string {
    return this.#value;
  }

  set value(value: string) {
    this.#value = value;
    try {
      localStorage.setItem(this.#key, value);
    } catch {
      // As above.
    }
  }
}
