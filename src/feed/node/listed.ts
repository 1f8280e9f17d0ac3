import type { NodeTask } from '../../tasks/node/task.ts';
import type { Split } from '../../tasks/splits.ts';
import { type Dataset, type EngineOptions, engineFor, type Item } from './dataset.ts';
import type { Origin } from './settle.ts';

/** Pictures that an earlier look has found whole, and settled the splits of. */
export interface Listed<T = unknown> {
  readonly name: string;
  readonly root: string;
  readonly layout: Dataset['layout'];
  readonly classes: readonly string[];
  readonly items: Readonly<Record<Split, readonly Omit<Item<T>, 'id'>[]>>;
  readonly origin: Readonly<Record<Split, Origin>>;
}

/** A data set of pictures that are known already: nothing is decoded before it is asked for. */
export function openListed<T>(task: NodeTask<T>, listed: Listed<T>, options: EngineOptions = {}): Dataset<T> {
  let id = 0;
  const numbered = (split: Split) => listed.items[split].map((item) => ({ ...item, id: id++ }));
  const items = { train: numbered('train'), val: numbered('val'), test: numbered('test') };
  const engine = engineFor(id, options);
  return {
    task,
    ...listed,
    items,
    problems: [],
    notes: [],
    duplicates: [],
    near: [],
    remarks: [],
    engine,
    close: () => engine.close(),
  };
}
