// Findings that a check of a server's health raises, and the check that tells more of each.
import type { Finding } from '../../api/generated/Finding';
import type { HealthCode } from '../../api/generated/HealthCode';

const CODES: Partial<Record<Finding['check'], HealthCode>> = {
  xid_wraparound: 'xid_wraparound',
  multixact_wraparound: 'multixact_wraparound',
  sequence_near_end: 'sequences',
  replication_slots: 'replication_slots',
  replication_lag: 'replication_lag',
  archiving: 'archiving',
  prepared_transactions: 'prepared_transactions',
  deadlocks: 'deadlocks',
  checksum_failures: 'checksum_failures',
};

export const healthCodeOf = ({ check }: Pick<Finding, 'check'>): HealthCode | null => CODES[check] ?? null;
