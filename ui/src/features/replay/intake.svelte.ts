// The logs that are about to be replayed: chosen or dropped anywhere, previewed, then started.
import type { LogPreview } from '../../api/generated/LogPreview';
import type { ReplayRequest } from '../../api/generated/ReplayRequest';
import type { ReplayStatus } from '../../api/generated/ReplayStatus';
import { asProblem, host, type HostProblem } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { live } from '../../app/live.svelte';
import { check, emptyFields, fieldsOf, requestOf, type RequestErrors } from './replayForm';

export class Intake {
  inputs = $state.raw<string[]>([]);
  fields = $state(emptyFields());
  errors = $state.raw<RequestErrors>({});
  problem = $state.raw<HostProblem | null>(null);
  starting = $state(false);
  readonly preview = new Resource<ReplayRequest, LogPreview>((request) => host().logsPreview(request));

  /** The preview says what the logs are, and that they can be read. */
  get ready(): boolean {
    const preview = this.preview.data;
    const readable = preview !== null && preview.problem === null && preview.files.length > 0;
    return readable && Object.keys(this.errors).length === 0;
  }

  /** Lines were found and their format was not: a prefix or the names of fields would help. */
  get unrecognised(): boolean {
    return (this.preview.data?.first_lines.length ?? 0) > 0;
  }

  take(paths: string[]): void {
    const fresh = paths.map((path) => path.trim()).filter(Boolean);
    this.inputs = [...new Set([...this.inputs, ...fresh])];
    this.look();
  }

  leave(path: string): void {
    this.inputs = this.inputs.filter((input) => input !== path);
    this.look();
  }

  /** For options that do not change what a preview shows. */
  verify(): void {
    this.errors = check(this.fields);
  }

  /** Looks at the logs anew, with the options as they are now. */
  look(): void {
    this.problem = null;
    this.verify();
    if (this.inputs.length === 0 || Object.keys(this.errors).length > 0) {
      this.#forget();
      return;
    }
    const request = this.#request();
    this.preview.ask(() => request, true);
  }

  /** Once more what was replayed before, with its options to be changed. */
  again(request: ReplayRequest): void {
    this.fields = fieldsOf(request);
    this.inputs = request.inputs;
    this.look();
  }

  async choose(): Promise<void> {
    try {
      const paths = await host().logsChoose();
      if (paths.length > 0) this.take(paths);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  async start(): Promise<ReplayStatus | null> {
    this.starting = true;
    this.problem = null;
    try {
      const replay = await host().replayStart(this.#request());
      // Its events may have come before this answer, and they know more.
      if (!live.replays?.some((known) => known.id === replay.id)) live.putReplay(replay);
      this.reset();
      return replay;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return null;
    } finally {
      this.starting = false;
    }
  }

  reset(): void {
    this.inputs = [];
    this.fields = emptyFields();
    this.errors = {};
    this.problem = null;
    this.#forget();
  }

  #request(): ReplayRequest {
    return requestOf(this.inputs, $state.snapshot(this.fields));
  }

  #forget(): void {
    this.preview.stop();
    this.preview.data = null;
    this.preview.problem = null;
  }
}

export const intake = new Intake();
