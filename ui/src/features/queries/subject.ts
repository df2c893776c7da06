// What the Queries page is about: the statements of a live server, or those of a kept replay.
import type { ReplayStatus } from '../../api/generated/ReplayStatus';
import type { SourceId } from '../../api/generated/SourceId';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import { chosenReplay, optionsOf } from '../replay/replay.svelte';

export type Subject =
  | { type: 'live'; source: SourceId }
  | { type: 'gone'; source: SourceId }
  | { type: 'replay'; replay: ReplayStatus | null; asked: boolean }
  | { type: 'nothing' };

const databases = (sources: SourceStatus[]): SourceStatus[] =>
  sources.filter(({ config }) => config.kind === 'postgres');

/** What the address names; else the first server that is live; else the newest replay with a result. */
export function subjectOf(
  params: Record<string, string>,
  sources: SourceStatus[],
  replays: ReplayStatus[],
): Subject {
  const { replay, source } = params;
  if (replay !== undefined) return { type: 'replay', replay: chosenReplay(replays, replay), asked: true };
  const servers = databases(sources);
  if (source !== undefined) {
    const known = servers.some(({ config }) => config.id === source);
    return { type: known ? 'live' : 'gone', source };
  }
  const first = servers.find(({ config }) => config.enabled) ?? servers[0];
  if (first) return { type: 'live', source: first.config.id };
  const newest = chosenReplay(replays, undefined) ?? replays[0] ?? null;
  return newest ? { type: 'replay', replay: newest, asked: false } : { type: 'nothing' };
}

export interface SubjectOption {
  value: string;
  text: string;
  params: Record<string, string>;
}

export function subjectOptions(
  sources: SourceStatus[],
  replays: ReplayStatus[],
  now: number,
): SubjectOption[] {
  return [
    ...databases(sources).map(({ config: { id, name } }) => ({
      value: `source:${id}`,
      text: `${name}, live`,
      params: { source: id },
    })),
    ...optionsOf(replays, now).map(({ value, text }) => ({
      value: `replay:${value}`,
      text,
      params: { replay: value },
    })),
  ];
}
