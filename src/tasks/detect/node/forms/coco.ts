import { dirname, join } from 'node:path';
import { check } from '../../../../base/errors.ts';
import { readText } from '../../../../base/node/bounded.ts';
import { keyOf, PictureFinder, stemOf } from '../../../node/folder-files.ts';
import { splitInPath } from '../../../splits.ts';
import { cocoLabels } from '../../labels/index.ts';
import type { Form, LabelledPicture } from './labelled.ts';

/** COCO files about something else than objects. */
const others = /caption|keypoint|panoptic|stuff|image_info/i;

const isCoco = (text: string): boolean =>
  ['"images"', '"categories"', '"annotations"'].every((word) => text.includes(word));

/**
 * COCO's JSON: `train/_annotations.coco.json` beside the pictures (Roboflow), `annotations/instances_train2017.json` (COCO, CVAT), or one file
 * beside the pictures or above them (Label Studio's result.json). Splits are told by the names of files and folders.
 */
export const coco: Form = async ({ files, problems }) => {
  const own = new Set(files.pictures.map((path) => keyOf(path)));
  const candidates = files.labels('.json').filter((path) => !own.has(keyOf(path)) && !others.test(stemOf(path)));
  const finder = new PictureFinder(files.pictures);
  const names: string[] = [];
  const pictures = new Map<string, LabelledPicture>();
  const sources: string[] = [];
  const remarks: string[] = [];
  for (const path of candidates) {
    const text = await readText(join(files.root, path));
    if (!isCoco(text)) continue;
    const labels = cocoLabels(text, join(files.root, path), problems);
    const folder = dirname(path) === '.' ? '' : dirname(path);
    const split = splitInPath(path);
    // train2017 of instances_train2017.
    const named = stemOf(path)
      .split('_')
      .filter((word) => splitInPath(word));
    const places = [folder, `${folder}/images`];
    for (const word of [...named, ...(split ? [split] : [])]) places.push(word, `images/${word}`, `${word}/images`);
    const found = [...labels.pictures].map(([name, annotation]) => {
      return { name, annotation, path: finder.find(name, [...places, 'images', '']) };
    });
    if (labels.pictures.size > 0 && found.every((one) => one.path === undefined)) {
      remarks.push(`not used: ${path}, as none of its ${labels.pictures.size} pictures is there`);
      continue;
    }
    sources.push(path);
    names.push(...labels.names.map((name) => name.normalize()).filter((name) => !names.includes(name)));
    for (const { name, annotation, path: picture } of found) {
      const where = `${path}, ${name}`;
      if (picture === undefined) {
        problems.note('listed picture that is not there', where);
        continue;
      }
      const before = pictures.get(picture);
      check(
        before === undefined,
        () => `${join(files.root, picture)} is labelled twice, in ${before!.where} and in ${where}: take one file away`,
      );
      pictures.set(picture, { path: picture, split: split ?? splitInPath(dirname(picture)), where, annotation });
    }
  }
  if (sources.length === 0) {
    check(remarks.length === 0, () => `${files.root} holds labels, but not their pictures (${remarks.join('; ')})`);
    return undefined;
  }
  for (const path of files.pictures) if (!pictures.has(path)) problems.note('picture that no label speaks of', path);
  const all = [...pictures.values()];
  return { kind: 'coco', about: 'labels in COCO’s JSON', classes: withoutGroups(names, all), pictures: all, remarks };
};

/** Without the class that stands for the group of all others and has no object (Roboflow puts it first). */
function withoutGroups(names: readonly string[], pictures: readonly LabelledPicture[]): string[] {
  const [first, ...rest] = names;
  const used = (name: string) => pictures.some(({ annotation }) => annotation.objects.some((o) => o.name === name));
  return first !== undefined && rest.length > 0 && !used(first) && rest.every(used) ? rest : [...names];
}
