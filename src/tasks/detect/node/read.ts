import { join } from 'node:path';
import { check } from '../../../base/errors.ts';
import type { Corners } from '../../../data/geometry/boxes.ts';
import type { Layout } from '../../layout.ts';
import { folderFiles } from '../../node/folder-files.ts';
import type { Listing, Wish } from '../../node/task.ts';
import { Problems } from '../labels/index.ts';
import type { DetectTarget, TrueObject } from '../target.ts';
import { readLabels } from './read-labels.ts';

/** How a folder may hold pictures with boxes, for messages. */
export const detectExpects =
  'pictures with boxes in COCO’s JSON (annotations/instances_train.json, train/_annotations.coco.json, or one .json beside them); ' +
  'Pascal VOC’s XML (JPEGImages, Annotations and ImageSets, or beside them); YOLO’s text files (images, labels and data.yaml); ' +
  'labelme’s JSON beside them; CVAT and Label Studio export these';

/**
 * Finds out how a folder holds pictures with boxes. Undefined where it holds no labels.
 * @throws YosegiError where it does, but nothing of them can be used
 */
export async function readDetect({ root }: Listing, wish: Wish = {}): Promise<Layout<DetectTarget> | undefined> {
  const problems = new Problems();
  const read = await readLabels(await folderFiles(root), problems, wish);
  if (!read) return undefined;
  const { classes } = read;
  const labels = new Map(classes.map((name, label) => [name, label]));
  check(labels.size === classes.length, () => `${root} names a class twice: ${classes.join(', ')}`);
  return {
    kind: read.kind,
    about: read.about,
    root,
    classes,
    entries: read.pictures.map(({ path, split, annotation }) => ({
      path,
      ...(split && { split }),
      source: { kind: 'file', path: join(root, path) },
      target: {
        objects: annotation.objects.map(({ name, box, crowd, difficult }): TrueObject => {
          const label = labels.get(name.normalize());
          check(
            label !== undefined,
            () => `${root} has a label of class '${name}', which is none of ${classes.join(', ')}`,
          );
          return { label, box: rounded(box), ...(crowd && { crowd: true }), ...(difficult && { difficult: true }) };
        }),
      },
    })),
    remarks: [...read.remarks, ...problems.remarks()],
  };
}

/** A thousandth of a pixel is enough, and does not fill lists with digits. */
function rounded(box: Corners): Corners {
  const [left, top, right, bottom] = box.map((x) => Math.round(x * 1000) / 1000) as [number, number, number, number];
  return right > left && bottom > top ? [left, top, right, bottom] : box;
}
