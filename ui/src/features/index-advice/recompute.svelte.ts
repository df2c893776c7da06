// Chooses anew under other limits: a moment after the last change, while what was chosen before stays in view.
import type { AdviceId } from '../../api/generated/AdviceId';
import type { AdviceLimits } from '../../api/generated/AdviceLimits';
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import { asProblem, host, type HostProblem } from '../../api/host';

const PAUSE = 300;

export class Recompute {
  /** What was asked for last, until it is answered. */
  wanted = $state.raw<AdviceLimits | null>(null);
  problem = $state.raw<HostProblem | null>(null);

  readonly #done: (advice: IndexAdvice) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ticket = 0;

  constructor(done: (advice: IndexAdvice) => void) {
    this.#done = done;
  }

  ask(id: AdviceId, limits: AdviceLimits): void {
    this.stop();
    this.wanted = limits;
    this.#timer = setTimeout(() => void this.#run(id, limits), PAUSE);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ticket += 1;
    this.wanted = null;
    this.problem = null;
  }

  async #run(id: AdviceId, limits: AdviceLimits): Promise<void> {
    const ticket = (this.#ticket += 1);
    try {
      const advice = await host().adviceLimit(id, limits);
      if (ticket !== this.#ticket) return;
      this.#done(advice);
    } catch (thrown) {
      if (ticket !== this.#ticket) return;
      this.problem = asProblem(thrown);
    }
    this.wanted = null;
  }
}
