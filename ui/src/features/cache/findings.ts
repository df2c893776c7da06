// Findings that a check of a Redis raises.
import type { Finding } from '../../api/generated/Finding';

const CHECKS: ReadonlySet<Finding['check']> = new Set<Finding['check']>([
  'cache_memory_full',
  'cache_connections_refused',
  'cache_save_failed',
  'cache_replica_down',
]);

export const isOfCache = ({ check }: Pick<Finding, 'check'>): boolean => CHECKS.has(check);
