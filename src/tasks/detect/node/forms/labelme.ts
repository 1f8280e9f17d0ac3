import { dirname } from 'node:path';
import { keyOf, PictureFinder } from '../../../node/folder-files.ts';
import { splitInPath } from '../../../splits.ts';
import { labelmeLabels } from '../../labels/index.ts';
import { type Form, type LabelledPicture, namesOf } from './labelled.ts';
import { labelIn, linesIn } from './texts.ts';

/**
 * labelme's JSON, one file a picture, beside it or in a folder of its own. A picture without a file is left out: labelme writes one
 * without shapes where nothing is to be seen.
 */
export const labelme: Form = async ({ files, problems }) => {
  const keys = new Map(files.pictures.map((path) => [keyOf(path), path]));
  const finder = new PictureFinder(files.pictures);
  const pictures = new Map<string, LabelledPicture>();
  for (const where of files.labels('.json')) {
    const beside = keys.get(keyOf(where));
    const label = await labelIn(files, where, problems, (text) => {
      if (!text.includes('"shapes"') || !text.includes('"imageHeight"')) return undefined;
      const named = /"imagePath"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
      const path = beside ?? (named === undefined ? undefined : finder.find(named.replaceAll('\\\\', '/')));
      return { path, annotation: labelmeLabels(text, where, problems) };
    });
    if (!label || label === 'broken') continue;
    const { path, annotation } = label;
    if (path === undefined) problems.note('label without a picture', where);
    else pictures.set(path, { path, split: splitInPath(dirname(path)), where, annotation });
  }
  if (pictures.size === 0) return undefined;
  for (const path of files.pictures) if (!pictures.has(path)) problems.note('picture that no label speaks of', path);
  const all = [...pictures.values()];
  const classes = namesOf(all, await linesIn(files, ['labels.txt', 'classes.txt']));
  return { kind: 'labelme', about: 'labels in labelme’s JSON', classes, pictures: all, remarks: [] };
};
