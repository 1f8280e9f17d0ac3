import { join } from 'node:path';
import { YosegiError } from '../../base/errors.ts';
import { readJson } from '../../base/node/read-json.ts';
import { EXITS_FILE, exitsSchema } from '../../exits/record.ts';
import { exitsOf } from '../../models/model.ts';
import { modelOf } from '../../run/node/run-folder.ts';
import { makeAgain } from '../../run/node/stamped.ts';
import { type RunState, staleReasons } from '../../run/provenance.ts';
import type { Run } from '../../run/records.ts';
import type { ReportExits } from '../input.ts';

/**
 * What a run's `exits.json` says, seen from what the run has `now`; without one, only where its model could be left. Undefined for a model without exits.
 * @throws YosegiError when the file does not hold what it should
 */
export async function readRunExits(folder: string, run: Run, now: RunState): Promise<ReportExits | undefined> {
  const again = makeAgain('exits', folder);
  const record = await readJson(join(folder, EXITS_FILE), exitsSchema, again);
  if (!record) {
    const names = await namesOf(folder, run);
    return names.length > 1 ? { names } : undefined;
  }
  const names = record.exits;
  // A run folder without weights has been made smaller, not trained on.
  const weights = now.weights ?? record.weights;
  const otherSplit =
    record.belongsTo && staleReasons(record.belongsTo, { weights: undefined, list: run.split }).length > 0;
  const stale = otherSplit || weights !== record.weights || record.classes.join('\n') !== run.classes.join('\n');
  return stale ? { names, stale } : { names, record };
}

async function namesOf(folder: string, run: Run): Promise<string[]> {
  try {
    return exitsOf(await modelOf(run, folder)).map((e) => e.name);
  } catch (error) {
    // A model that cannot be built any more is no reason to have no report.
    if (error instanceof YosegiError) return [];
    throw error;
  }
}
