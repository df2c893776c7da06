// What applying advice would do and lock, and what stands in its way.
import type { AdviceId } from '../../api/generated/AdviceId';
import type { DropSuggestion } from '../../api/generated/DropSuggestion';
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import type { IndexBuildStatus } from '../../api/generated/IndexBuildStatus';
import type { IndexSuggestion } from '../../api/generated/IndexSuggestion';
import type { ScriptChoice } from '../../api/generated/ScriptChoice';
import type { SourceId } from '../../api/generated/SourceId';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import { hrefOf } from '../../app/location.svelte';
import type { Obstacle } from '../../shared/obstacle';

/** Why nothing can be built on a source now, or nothing. */
export function sourceObstacle(
  id: SourceId,
  /** The advice that is looked at. */
  here: AdviceId,
  sources: SourceStatus[],
  builds: IndexBuildStatus[],
): Obstacle | null {
  const source = sources.find(({ config }) => config.id === id);
  if (!source)
    return {
      reason: 'The source that this advice is for was removed.',
      link: { text: 'Sources', href: hrefOf('sources') },
    };
  const { name, allow_index_builds } = source.config;
  if (!allow_index_builds)
    return {
      reason: `${name} does not allow the console to create and drop indexes.`,
      link: { text: 'Allow it in its settings', href: hrefOf('sources', { source: id, edit: 'yes' }) },
    };
  const running = builds.find((build) => build.source === id && build.state.type === 'running');
  if (!running) return null;
  const reason = `Indexes are being built on ${name}; this has to end first.`;
  if (running.advice === here) return { reason };
  return {
    reason,
    link: { text: 'See how far it is', href: hrefOf('index-advice', { advice: running.advice }) },
  };
}

export function applyObstacle(
  advice: IndexAdvice,
  choice: ScriptChoice,
  sources: SourceStatus[],
  builds: IndexBuildStatus[],
): Obstacle | null {
  const source = advice.database?.source ?? null;
  if (source === null)
    return {
      reason: 'The console was not connected to a database for this advice, so there is none to apply it to.',
      link: { text: 'Ask a database', href: hrefOf('index-advice', { advice: advice.id, add: 'database' }) },
    };
  const nothing = choice.create.length + choice.drop.length === 0;
  return (
    sourceObstacle(source, advice.id, sources, builds) ??
    (nothing ? { reason: 'Tick an index first.' } : null)
  );
}

export interface Changes {
  create: IndexSuggestion[];
  drop: DropSuggestion[];
}

export const changesIn = (advice: IndexAdvice, choice: ScriptChoice): Changes => ({
  create: advice.create.filter(({ id }) => choice.create.includes(id)),
  drop: advice.drop.filter(({ id }) => choice.drop.includes(id)),
});

/** PostgreSQL writes the index of a table with partitions so. */
const partitioned = ({ definition }: DropSuggestion): boolean => / ON ONLY /i.test(definition);

/** One sentence for each thing that may wait. */
export function lockWords({ create, drop }: Changes): string[] {
  return [
    ...(create.length > 0
      ? [
          'Reads and writes go on while an index is built; vacuum, changes of its table and other builds on it wait. The build itself waits for transactions that are older than it, however long they last.',
        ]
      : []),
    ...(create.some(({ partitions }) => partitions.length > 0)
      ? [
          'On a table with partitions, writes wait for a moment when its index is begun, and statements on a partition when its index is attached. Each gives up after 2 s without the lock.',
        ]
      : []),
    ...(drop.some((one) => !partitioned(one))
      ? ['Dropping waits for older transactions as well; reads and writes go on.']
      : []),
    ...(drop.some(partitioned)
      ? [
          'Dropping the index of a table with partitions lets reads and writes of all of them wait for a moment. It gives up after 2 s without the locks.',
        ]
      : []),
  ];
}
