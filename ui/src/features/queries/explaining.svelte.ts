// Asks for the plan of one statement, keeps the newest answer, and the values that were filled in for it.
import type { ExplainedStatement } from '../../api/generated/ExplainedStatement';
import type { ExplainMode } from '../../api/generated/ExplainMode';
import type { SourceId } from '../../api/generated/SourceId';
import { asProblem, host, type HostProblem } from '../../api/host';

export interface PlaceholderValue {
  text: string;
  isNull: boolean;
}

export class Explaining {
  busy = $state<ExplainMode['type'] | null>(null);
  problem = $state.raw<HostProblem | null>(null);
  answer = $state.raw<ExplainedStatement | null>(null);

  readonly #source: SourceId;
  readonly #queryid: string;

  constructor(source: SourceId, queryid: string) {
    this.#source = source;
    this.#queryid = queryid;
  }

  /** The plan that was shown stays where the next one cannot be had. */
  async ask(mode: ExplainMode): Promise<void> {
    this.busy = mode.type;
    this.problem = null;
    try {
      this.answer = await host().explainStatement({
        source: this.#source,
        queryid: this.#queryid,
        mode,
      });
    } catch (thrown) {
      this.problem = asProblem(thrown);
      throw this.problem;
    } finally {
      this.busy = null;
    }
  }
}

export const valuesOf = (filled: PlaceholderValue[]): (string | null)[] =>
  filled.map(({ text, isNull }) => (isNull ? null : text));
