import { join } from 'node:path';
import { check } from '../../../../base/errors.ts';
import { readText } from '../../../../base/node/bounded.ts';
import type { Layout } from '../../../layout.ts';
import { type FolderFiles, keyOf, PictureFinder } from '../../../node/folder-files.ts';
import { Problems } from '../../../problems.ts';
import { type Split, splitNamed } from '../../../splits.ts';
import { captionLine, captionText } from '../../captions/lines.ts';
import type { GenerateTarget } from '../../target.ts';

/** A picture and what is said of it. */
interface Captioned {
  readonly captions: string[];
  split?: Split | undefined;
}
type Found = Map<string, Captioned>;

/** Lists of captions by name, wherever they lie: ours, and that of a Hugging Face image folder. */
const LIST = /(^|\/)(captions|metadata)\.jsonl$/i;

/**
 * Pictures with captions: a captions.jsonl (or metadata.jsonl), or a .txt beside each picture. Undefined where the folder has neither.
 * @throws YosegiError where it has some, but no picture can be used with them
 */
export async function readCaptions(
  files: FolderFiles,
  { listsOnly = false } = {},
): Promise<Layout<GenerateTarget> | undefined> {
  const problems = new Problems();
  const lists = files.labels('.jsonl').filter((path) => LIST.test(path));
  if (lists.length === 0 && listsOnly) return undefined;
  const found = await (lists.length > 0 ? fromLists(files, lists, problems) : fromTexts(files, problems));
  if (!found || (found.size === 0 && lists.length > 0 && lists.every((path) => /metadata\.jsonl$/i.test(path))))
    return undefined;
  const silent = files.pictures.filter((path) => !found.has(path));
  for (const path of silent) problems.note('picture without a caption', path);
  const remarks = problems.remarks();
  check(found.size > 0, () => `no picture of ${files.root} can be used with its captions (${remarks.join('; ')})`);
  const { root } = files;
  return {
    ...(lists.length > 0
      ? { kind: 'caption-list', about: `captions in ${lists.join(', ')}` }
      : { kind: 'caption-texts', about: 'a .txt with the caption of each picture' }),
    root,
    classes: [],
    remarks,
    entries: [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, { captions, split }]) => ({
        path,
        target: { captions },
        source: { kind: 'file', path: join(root, path) },
        ...(split && { split }),
      })),
  };
}

async function fromLists(files: FolderFiles, lists: readonly string[], problems: Problems): Promise<Found> {
  const finder = new PictureFinder(files.pictures);
  const found: Found = new Map();
  for (const list of lists) {
    const folder = list.split('/').slice(0, -1).join('/');
    const text = await readText(join(files.root, list));
    for (const [i, line] of text.split(/\r\n|[\r\n]/).entries()) {
      if (line.trim() === '') continue;
      const where = `${list}, line ${i + 1}`;
      const said = captionLine(line);
      if (!said) {
        problems.note('line that is no caption', where);
        continue;
      }
      const path = finder.find(said.file, [folder, `${folder}/images`]);
      if (path === undefined) problems.note('caption of a picture that is not there', `${where}: ${said.file}`);
      else if (said.captions.length === 0) problems.note('empty caption', `${where}: ${said.file}`);
      else add(found, path, said.captions, said.split === undefined ? undefined : splitNamed(said.split));
    }
  }
  return found;
}

async function fromTexts(files: FolderFiles, problems: Problems): Promise<Found | undefined> {
  const texts = new Map(files.labels('.txt').map((path) => [keyOf(path), path]));
  const pairs = files.pictures.flatMap((path) => {
    const text = texts.get(keyOf(path));
    return text === undefined ? [] : [{ path, text }];
  });
  const found: Found = new Map();
  let numbers = 0;
  for (const { path, text } of pairs) {
    const content = await readText(join(files.root, text)).catch(() => undefined);
    const captions = content === undefined ? undefined : captionText(content);
    if (content === undefined) problems.note('text in no encoding that is known', text);
    else if (captions === undefined) numbers++;
    else if (captions.length === 0) problems.note('empty caption', text);
    else add(found, path, captions);
  }
  // Lists of boxes say nothing in words.
  return pairs.length === 0 || numbers > pairs.length / 2 ? undefined : found;
}

function add(found: Found, path: string, captions: readonly string[], split?: Split): void {
  const known = found.get(path) ?? { captions: [], split: split ?? splitOf(path) };
  for (const caption of captions) if (!known.captions.includes(caption)) known.captions.push(caption);
  if (split) known.split = split;
  found.set(path, known);
}

/** The split that a folder of this name at the top holds. */
const splitOf = (path: string): Split | undefined => (path.includes('/') ? splitNamed(path.split('/')[0]!) : undefined);
