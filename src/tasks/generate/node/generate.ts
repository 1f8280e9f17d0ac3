import { readClassFolders } from '../../classify/node/read.ts';
import type { Layout } from '../../layout.ts';
import { folderFiles } from '../../node/folder-files.ts';
import type { NodeTask } from '../../node/task.ts';
import { captionSurvey } from '../captions/survey.ts';
import type { GenerateEvaluation } from '../evaluation.ts';
import { generate as core } from '../generate.ts';
import { generateReading } from '../options.ts';
import { generatePage } from '../page/page.ts';
import type { GenerateTarget } from '../target.ts';
import { generateText } from '../text.ts';
import { readCaptions } from './captions/read.ts';

const reading = generateReading.loose();

/** Pictures of class folders, each with its class's name as a caption: words apart where the name joins them. */
function named({ classes, entries, ...layout }: Layout<number>): Layout<GenerateTarget> {
  const captions = classes.map((name) => name.replace(/[-_]+/g, ' ').trim() || name);
  return {
    ...layout,
    about: `${layout.about}, whose names are the captions`,
    classes: [],
    entries: entries.map((entry) => ({ ...entry, target: { captions: [captions[entry.target]!] } })),
  };
}

/** Pictures with captions, or pictures of each class of a folder. */
export const generate: NodeTask<GenerateTarget, null, GenerateEvaluation> = {
  ...core,
  expects:
    'pictures with captions: captions.jsonl with lines such as {"file": "a.png", "caption": "a red heart"}, or metadata.jsonl as on the ' +
    'Hugging Face hub, or a .txt beside each picture; pictures in class folders, as for classify (these two only with --task generate)',
  // Whatever has classes could be made, and a .txt may be anything; a list of captions speaks for it.
  read: async (folder, wish = {}) => {
    const { classCaptions } = reading.parse(wish.options ?? {});
    if (classCaptions) {
      const layout = await readClassFolders(folder, wish);
      return layout && named(layout);
    }
    const files = await folderFiles(folder.root);
    const captioned = await readCaptions(files, { listsOnly: wish.guessed === true });
    return captioned ?? (wish.guessed ? undefined : readClassFolders(folder, wish));
  },
  reading: generateReading,
  survey: captionSurvey,
  renumbered: (target, to) => (typeof target === 'number' ? to[target]! : target),
  page: generatePage,
  text: generateText,
  columns: [],
  row: () => [],
  shortened: () => null,
};
