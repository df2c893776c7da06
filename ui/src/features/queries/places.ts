// Addresses within the page about a live server: its list, one statement, and a comparison kept beside either.
import type { SourceId } from '../../api/generated/SourceId';

const KEPT = ['compare', 'before', 'after'];

type Params = Record<string, string>;

export function listPlace(params: Params, source: SourceId): Params {
  const kept = Object.entries(params).filter(([key]) => KEPT.includes(key));
  return { source, ...Object.fromEntries(kept) };
}

export const detailPlace = (params: Params, source: SourceId, statement: string): Params => ({
  ...listPlace(params, source),
  statement,
  ...(params['tab'] ? { tab: params['tab'] } : {}),
});
