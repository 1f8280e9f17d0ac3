import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readJson } from '../../base/node/read-json.ts';
import { shellPath } from '../../base/node/shell.ts';
import { exitsOf } from '../../models/model.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { stateOf } from '../../run/node/stamped.ts';
import { staleReasons } from '../../run/provenance.ts';
import { EXITS_FILE, type ExitsRecord, exitsSchema } from '../record.ts';

/**
 * The policy of a run; undefined where it has none.
 * @throws YosegiError where it is for other weights, exits or classes: the run was trained on since
 */
export async function readExits({ folder, run, model }: LoadedRun): Promise<ExitsRecord | undefined> {
  const path = join(folder, EXITS_FILE);
  const again = `'yosegi exits ${shellPath(folder)}' makes it anew`;
  const record = await readJson(path, exitsSchema, again);
  if (!record) return undefined;
  const now = await stateOf(folder, run);
  const fits =
    record.exits.join() ===
      exitsOf(model)
        .map((e) => e.name)
        .join() &&
    record.classes.join('\n') === run.classes.join('\n') &&
    record.weights === now.weights;
  check(
    fits,
    () => `${path} is for other weights than ${folder} has now: it was trained on, or a file was replaced. ${again}`,
  );
  const stale = staleReasons(record.belongsTo, now);
  check(!record.belongsTo || stale.length === 0, () => `${path} is not used: ${stale.join(', and ')}. ${again}`);
  return record;
}

/** Writes a run's policy. */
export function writeExits(folder: string, record: ExitsRecord): Promise<void> {
  return atomicWrite(join(folder, EXITS_FILE), `${JSON.stringify(record, null, 2)}\n`);
}
