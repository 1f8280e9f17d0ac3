import { sha256 } from '../../base/node/sha256.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import type { Run } from '../records.ts';

/** Everything that must be the same for a run to go on bit for bit. */
export function fingerprint(run: Run, { items }: Dataset): string {
  const files = (['train', 'val'] as const).map((split) =>
    items[split].map((i) => `${i.path}\t${JSON.stringify(i.target)}`),
  );
  const text = JSON.stringify([run.task, run.model, run.overrides, run.classes, run.preprocessing, run.options, files]);
  return sha256(text);
}
