// Builds in words: their state, their steps, their verdict, and what can still be done with them.
import type { AdviceId } from '../../api/generated/AdviceId';
import type { IndexBuildProgress } from '../../api/generated/IndexBuildProgress';
import type { IndexBuildStatus } from '../../api/generated/IndexBuildStatus';
import type { IndexBuildStep } from '../../api/generated/IndexBuildStep';
import type { IndexBuildVerdict } from '../../api/generated/IndexBuildVerdict';
import { duration, moment, plural } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export const VERDICTS: Record<IndexBuildVerdict, { tone: Tone; text: string }> = {
  helped: { tone: 'ok', text: 'helped' },
  no_change: { tone: 'none', text: 'no change' },
  worse: { tone: 'critical', text: 'worse' },
  not_yet: { tone: 'none', text: 'not yet' },
};

export const buildsFor = (builds: IndexBuildStatus[] | null, advice: AdviceId): IndexBuildStatus[] =>
  (builds ?? []).filter((build) => build.advice === advice);

export const doneSteps = ({ steps }: IndexBuildStatus): IndexBuildStep[] =>
  steps.filter(({ state }) => state.type === 'done');

export const isRunning = ({ state }: IndexBuildStatus): boolean => state.type === 'running';

/** The build that undid this one, or is about to. */
export const undoneBy = (build: IndexBuildStatus, builds: IndexBuildStatus[]): IndexBuildStatus | undefined =>
  builds.find(
    ({ rolls_back, state }) => rolls_back === build.id && (state.type === 'done' || state.type === 'running'),
  );

/** Something was done that can be compared and taken back. */
export const hasEffect = (build: IndexBuildStatus): boolean =>
  !isRunning(build) && build.rolls_back === null && doneSteps(build).length > 0;

export function buildTitle({ state, database, rolls_back }: IndexBuildStatus): string {
  const back = rolls_back !== null;
  switch (state.type) {
    case 'running':
      return `${back ? 'Rolling back on' : 'Applying to'} ${database}`;
    case 'done':
      return `${back ? 'Rolled back on' : 'Applied to'} ${database}`;
    case 'cancelled':
      return `${back ? 'Rolling back on' : 'Applying to'} ${database} was cancelled`;
    case 'failed':
      return `${back ? 'Rolling back on' : 'Applying to'} ${database} failed`;
  }
}

/** "10:04:12, took 52 s, 3 of 6 done" */
export function buildNote(build: IndexBuildStatus, now: number): string {
  const { started_at, ended_at, steps } = build;
  const done = doneSteps(build).length;
  const parts = [
    moment(started_at, now),
    ...(ended_at === null ? [] : [`took ${duration((ended_at - started_at) / 1000)}`]),
    done === steps.length ? plural(done, 'change') : `${done} of ${plural(steps.length, 'change')} done`,
  ];
  return parts.join(', ');
}

/** "Create", "Drop", "Attach": what a step does with its index. */
export function stepVerb({ sql }: IndexBuildStep): string {
  if (/\battach\b/i.test(sql)) return 'Attach';
  const word = /^\s*(\w+)/.exec(sql)?.[1] ?? 'Run';
  return `${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase()}`;
}

export function phaseWords(progress: IndexBuildProgress | null): string {
  if (progress === null || progress.phase === '') return 'Begun';
  return `${progress.phase.charAt(0).toUpperCase()}${progress.phase.slice(1)}`;
}

/** "waits for 2 transactions", nothing when there are none. */
export function waitWords(progress: IndexBuildProgress | null): string | null {
  const left = progress ? progress.lockers_total - progress.lockers_done : 0;
  return left > 0 ? `waits for ${plural(left, 'transaction')}` : null;
}
