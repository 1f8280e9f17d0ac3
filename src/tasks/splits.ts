/** The parts of a data set: to train on, to choose by, to report on. */
export type Split = 'train' | 'val' | 'test';

export const splits: readonly Split[] = ['train', 'val', 'test'];

const spellings = new Map<string, Split>([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** The split that the path of a picture or a list speaks of: `train2017/a.jpg`, `obj_train_data/b.jpg`, `instances_val.json`. */
export function splitInPath(path: string): Split | undefined {
  for (const part of path.split('/')) {
    for (const word of part.split(/[^a-zA-Z]+/)) {
      const split = splitNamed(word);
      if (split) return split;
    }
  }
  return undefined;
}

/** The split that a folder or a list of this name is for, if any. */
export const splitNamed = (name: string): Split | undefined => spellings.get(name.toLowerCase());
