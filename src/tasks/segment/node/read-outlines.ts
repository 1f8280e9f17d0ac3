import { join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { boxArea } from '../../../data/geometry/boxes.ts';
import { ignoreIndex, mask } from '../../../data/geometry/mask.ts';
import { polygonArea } from '../../../data/geometry/polygons.ts';
import { paintShapes, type Shape } from '../../../data/geometry/rasterise.ts';
import { runsOf } from '../../../data/geometry/rle.ts';
import type { Annotation, LabelledObject, Problems } from '../../detect/labels/index.ts';
import { readLabels } from '../../detect/node/read-labels.ts';
import type { Layout } from '../../layout.ts';
import type { FolderFiles } from '../../node/folder-files.ts';
import type { Wish } from '../../node/task.ts';
import { type SegmentTarget, targetOfMask } from '../target.ts';
import { isBackground } from './mask-names.ts';

/** labelme's name for what does not count. */
const ignored = '__ignore__';

/**
 * Pictures whose objects have outlines or run lengths (COCO, labelme, YOLO, a listing), painted: smaller things over larger ones. Undefined
 * where there are no labels.
 * @throws YosegiError where there are some, but no outlines, or nothing of them can be used
 */
export async function readOutlines(
  files: FolderFiles,
  problems: Problems,
  wish: Wish,
): Promise<Layout<SegmentTarget> | undefined> {
  const { root } = files;
  const read = await readLabels(files, problems, wish);
  if (!read) return undefined;
  const outlined = read.pictures.some(({ annotation }) => annotation.objects.some(hasOutline));
  const judged = wish.classNames !== undefined && read.pictures.every(({ annotation: a }) => a.objects.length === 0);
  check(
    outlined || judged,
    () => `${root} has boxes (${read.about}), but no outlines or masks to learn pixels from: use --task detect`,
  );
  const things = read.classes.filter((name) => !isBackground(name) && name !== ignored);
  const classes = [read.classes.find(isBackground) ?? 'background', ...things];
  check(classes.length <= ignoreIndex, () => `${root} names ${things.length} classes; segmentation takes 254 at most`);
  const labelOf = ({ name }: LabelledObject): number => {
    if (name === ignored) return ignoreIndex;
    return isBackground(name) ? 0 : classes.indexOf(name);
  };
  return {
    kind: read.kind,
    about: `outlines in ${read.about.replace(/^labels in /, '')}`,
    root,
    classes,
    entries: read.pictures.map(({ path, split, annotation, where }) => ({
      path,
      target: painted(annotation, labelOf, where, problems),
      ...(split && { split }),
      source: { kind: 'file', path: join(root, path) },
    })),
    remarks: [...read.remarks, ...problems.remarks()],
  };
}

const hasOutline = ({ polygons, rle }: LabelledObject): boolean => polygons !== undefined || rle !== undefined;

function painted(
  { width, height, objects }: Annotation,
  labelOf: (object: LabelledObject) => number,
  where: string,
  problems: Problems,
): SegmentTarget {
  const out = mask(width, height);
  const shapes: (Shape & { readonly area: number })[] = [];
  for (const object of objects) {
    const { polygons, rle, box } = object;
    if (!hasOutline(object)) {
      problems.note('object without an outline', `${where} (${object.name})`);
      continue;
    }
    const area = polygons ? polygons.reduce((sum, p) => sum + polygonArea(p), 0) : boxArea(box);
    shapes.push({ index: labelOf(object), area, ...(polygons && { polygons }), ...(rle && { rle }) });
  }
  shapes.sort((a, b) => b.area - a.area);
  for (const shape of shapes) {
    try {
      if (shape.rle) runsOf(shape.rle);
      paintShapes(out, [shape]);
    } catch {
      problems.note('unreadable object', where);
    }
  }
  return targetOfMask(out);
}
