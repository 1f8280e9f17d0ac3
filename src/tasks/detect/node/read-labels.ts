import { join } from 'node:path';
import pMap from 'p-map';
import { check } from '../../../base/errors.ts';
import { type PictureSize, pictureSize } from '../../../data/node/size.ts';
import type { FolderFiles } from '../../node/folder-files.ts';
import { isMaskFolder, isOther } from '../../node/folder-kinds.ts';
import type { Wish } from '../../node/task.ts';
import { fitted } from '../labels/fitted.ts';
import { Problems } from '../labels/index.ts';
import { coco } from './forms/coco.ts';
import type { Form, Labelled, LabelledPicture } from './forms/labelled.ts';
import { labelme } from './forms/labelme.ts';
import { listing } from './forms/listing.ts';
import { voc } from './forms/voc.ts';
import { yolo } from './forms/yolo.ts';

/** Forms in the order in which they are tried. */
const forms: readonly Form[] = [listing, coco, voc, yolo, labelme];
/** Picture files that are looked into at the same time. */
const LANES = 8;

/**
 * Pictures with objects that somebody marked, in whichever form: every label in pixels of its upright picture. What is wrong with single
 * labels is noted in `problems`. Undefined where the folder has no labels.
 * @throws YosegiError where it has some, but nothing of them can be used
 */
export async function readLabels(all: FolderFiles, problems: Problems, wish: Wish): Promise<Labelled | undefined> {
  if (all.pictures.length === 0) return undefined;
  // Masks are labels, too.
  const shown = all.pictures.filter(
    (path) =>
      !path
        .split('/')
        .slice(0, -1)
        .some((f) => isMaskFolder(f) || isOther(f)),
  );
  const files = shown.length > 0 ? { ...all, pictures: shown } : all;
  const sizes = new Map<string, Promise<PictureSize | undefined>>();
  const size = (path: string) => {
    const known = sizes.get(path) ?? pictureSize(join(files.root, path));
    sizes.set(path, known);
    return known;
  };
  for (const form of forms) {
    // What a form that does not fit stumbles over is not worth a word.
    const own = new Problems();
    const read = await form({ files, problems: own, wish, size });
    if (!read) continue;
    problems.take(own);
    const fit = async (picture: LabelledPicture): Promise<LabelledPicture[]> => {
      const actual = await size(picture.path);
      const annotation = actual ? fitted(picture.annotation, actual, picture.where, problems) : picture.annotation;
      return annotation ? [{ ...picture, annotation }] : [];
    };
    const pictures = (await pMap(read.pictures, fit, { concurrency: LANES })).flat();
    const said = problems.remarks().join('; ');
    check(pictures.length > 0, () => `no picture of ${files.root} can be used with its labels (${said})`);
    check(
      wish.classNames || pictures.some(({ annotation }) => annotation.objects.length > 0),
      () => `the labels of ${files.root} (${read.about}) hold no object that can be used${said && ` (${said})`}`,
    );
    for (const { path, where, annotation } of pictures) {
      if (annotation.objects.length === 0 && where !== path) problems.note('picture without any object', path);
    }
    return { ...read, pictures };
  }
  return undefined;
}
