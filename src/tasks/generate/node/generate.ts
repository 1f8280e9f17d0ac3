import { readClassFolders } from '../../classify/node/read.ts';
import type { NodeTask } from '../../node/task.ts';
import type { GenerateEvaluation } from '../evaluation.ts';
import { generate as core } from '../generate.ts';
import { generatePage } from '../page/page.ts';
import { generateText } from '../text.ts';

/** Pictures of each class of a folder. */
export const generate: NodeTask<number, null, GenerateEvaluation> = {
  ...core,
  expects: 'pictures in class folders, as for classify (never taken unless it is asked for)',
  // Whatever has classes could be made; nothing speaks for it.
  read: async (folder, wish = {}) => (wish.guessed ? undefined : readClassFolders(folder, wish)),
  renumbered: (label, to) => to[label]!,
  page: generatePage,
  text: generateText,
  columns: [],
  row: () => [],
  shortened: () => null,
};
