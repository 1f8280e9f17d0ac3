import type { ExitsRecord } from '../../exits/record.ts';
import { record } from '../../exits/testing/record.ts';
import type { ReportExits } from '../input.ts';

/** A model with exits for which a policy was chosen. */
export function exits(change: Partial<ExitsRecord> = {}): ReportExits {
  const chosen = record(change);
  return { names: chosen.exits, record: chosen };
}
