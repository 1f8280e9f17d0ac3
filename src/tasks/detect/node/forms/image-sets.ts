import { join } from 'node:path';
import { check } from '../../../../base/errors.ts';
import { readText } from '../../../../base/node/bounded.ts';
import { type FolderFiles, PictureFinder, stemOf } from '../../../node/folder-files.ts';
import type { Split } from '../../../splits.ts';
import type { Problems } from '../../labels/index.ts';
import { linesOf } from './texts.ts';

/**
 * The pictures that VOC's lists name (`ImageSets/Main/train.txt`; trainval.txt where there is no train.txt) and their splits;
 * undefined where there are no lists. `purpose` is the folder's name in lower case: main, segmentation.
 * @throws YosegiError when a picture is in two splits
 */
export async function imageSets(
  files: FolderFiles,
  purpose: string,
  problems: Problems,
): Promise<Map<string, Split> | undefined> {
  const lists = files.labels('.txt').filter((path) => /(^|\/)imagesets\//i.test(path));
  const inside = lists.filter((path) => path.toLowerCase().includes(`/${purpose}/`));
  const here = new Map((inside.length > 0 ? inside : lists).map((path) => [stemOf(path).toLowerCase(), path]));
  const train = here.get('train') ?? here.get('trainval');
  if (train === undefined) return undefined;
  const chosen = [['train', train] as const, ['val', here.get('val')] as const, ['test', here.get('test')] as const];
  const finder = new PictureFinder(files.pictures);
  const byStem = new Map(files.pictures.map((path) => [stemOf(path).normalize(), path]));
  const found = new Map<string, Split>();
  for (const [split, path] of chosen) {
    if (path === undefined || (split === 'val' && here.get('train') === undefined)) continue;
    for (const line of linesOf(await readText(join(files.root, path)))) {
      const [name = ''] = line.split(/\s+/);
      const picture = byStem.get(line) ?? byStem.get(name) ?? finder.find(line) ?? finder.find(name);
      if (picture === undefined) {
        problems.note('listed picture that is not there', `${path}, ${line}`);
        continue;
      }
      const before = found.get(picture);
      check(
        before === undefined || before === split,
        () => `${join(files.root, path)} lists ${name}, which is in the ${before} split already: take it out of one`,
      );
      found.set(picture, split);
    }
  }
  return found;
}
