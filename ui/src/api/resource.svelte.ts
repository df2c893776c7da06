// A value fetched from the host: only the newest answer counts, and refreshes are at most one a second.
import { asProblem, type HostProblem } from './host';

export class Resource<Args, T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<HostProblem | null>(null);
  /** When `data` was answered, to say how old it is when the host falls silent. */
  answeredAt = $state<number | null>(null);

  readonly #fetch: (args: Args) => Promise<T>;
  readonly #spacing: number;
  #args: (() => Args) | null = null;
  #ticket = 0;
  #startedAt = -Infinity;
  #inFlight = false;
  #again = false;
  #next = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(fetch: (args: Args) => Promise<T>, spacing = 1000) {
    this.#fetch = fetch;
    this.#spacing = spacing;
  }

  get loading(): boolean {
    return this.data === null && this.problem === null;
  }

  /** Asks another question at once; the answer to the one before is ignored when it comes late. */
  ask(args: () => Args, forget = false): void {
    this.#args = args;
    if (forget) {
      this.data = null;
      this.problem = null;
    }
    void this.#run();
  }

  /** Asks another question once the one before is answered: of those that come meanwhile only the newest. */
  seek(args: () => Args): void {
    this.#args = args;
    if (this.#inFlight) this.#next = true;
    else void this.#run();
  }

  /** Asks the same again, soon: many calls within the spacing become one. */
  refresh(): void {
    if (this.#args === null || this.#timer !== null) return;
    if (this.#inFlight) {
      this.#again = true;
      return;
    }
    const wait = Math.max(0, this.#startedAt + this.#spacing - performance.now());
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  retry(): void {
    void this.#run();
  }

  stop(): void {
    this.#clearTimer();
    this.#ticket += 1;
    this.#inFlight = false;
    this.#args = null;
  }

  async #run(): Promise<void> {
    if (this.#args === null) return;
    this.#clearTimer();
    const ticket = (this.#ticket += 1);
    this.#startedAt = performance.now();
    this.#inFlight = true;
    this.#again = false;
    this.#next = false;
    try {
      const answer = await this.#fetch(this.#args());
      if (ticket !== this.#ticket) return;
      this.data = answer;
      this.problem = null;
      this.answeredAt = Date.now();
    } catch (thrown) {
      if (ticket === this.#ticket) this.problem = asProblem(thrown);
    } finally {
      if (ticket === this.#ticket) {
        this.#inFlight = false;
        if (this.#next) void this.#run();
        else if (this.#again) this.refresh();
      }
    }
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
