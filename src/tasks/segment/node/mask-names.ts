import { basename, join } from 'node:path';
import { z } from 'zod';
import { readText } from '../../../base/node/bounded.ts';
import { linesOf } from '../../detect/node/forms/texts.ts';
import type { FolderFiles } from '../../node/folder-files.ts';
import { colourCode } from './mask-file.ts';

/** What a file beside the masks says of their values. */
export interface MaskNames {
  /** Names in order; the first may be the background's. */
  readonly names: readonly string[];
  /** Names by value or {@link colourCode}; undefined where values are the names' numbers. */
  readonly byCode?: ReadonlyMap<number, string>;
}

/** Names that mean: nothing that is looked for. */
export const isBackground = (name: string): boolean =>
  /^_*(background|bg|void|unlabell?ed|none|nothing|hintergrund|背景)_*$/i.test(name.trim());

/** The classes of Pascal VOC's segmentation, by their numbers. */
export const vocNames: readonly string[] = [
  ...[
    'background',
    'aeroplane',
    'bicycle',
    'bird',
    'boat',
    'bottle',
    'bus',
    'car',
    'cat',
    'chair',
    'cow',
    'diningtable',
  ],
  ...['dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
];

const json = z.union([z.array(z.string()), z.record(z.string().regex(/^\d+$/), z.string())]);
const files =
  /^(_?class(es|_names|_dict|names)?|labels?|labelmap|label_?colou?rs?|names|codes|colormap)\.(txt|csv|json|names)$/i;

/**
 * The names that a file directly in the folder, or in a split's folder, gives: names line by line (classes.txt), with colours (CVAT's
 * labelmap.txt `name:r,g,b::`, label_colors.txt `r g b name`, class_dict.csv), with values (Roboflow's _classes.csv), or JSON.
 */
export async function maskNames(folder: FolderFiles): Promise<MaskNames | undefined> {
  const all = ['.txt', '.csv', '.json', '.names'].flatMap((extension) => folder.labels(extension));
  for (const path of all.filter((p) => p.split('/').length <= 2 && files.test(basename(p)))) {
    const text = await readText(join(folder.root, path)).catch(() => '');
    const found = path.toLowerCase().endsWith('.json') ? fromJson(text) : fromLines(linesOf(text));
    if (found && found.names.length > 0) return found;
  }
  return undefined;
}

function fromJson(text: string): MaskNames | undefined {
  try {
    const parsed = json.safeParse(JSON.parse(text));
    if (!parsed.success) return undefined;
    if (Array.isArray(parsed.data)) return { names: parsed.data };
    const byCode = new Map(Object.entries(parsed.data).map(([value, name]) => [Number(value), name.normalize()]));
    return { names: [...byCode].sort(([a], [b]) => a - b).map(([, name]) => name), byCode };
  } catch {
    return undefined;
  }
}

function fromLines(lines: readonly string[]): MaskNames | undefined {
  const said = lines.filter((line) => !line.startsWith('#'));
  const found: { code: number; name: string }[] = [];
  let plain = 0;
  for (const line of said) {
    const one = colourFirst(line) ?? nameFirst(line) ?? valueFirst(line);
    if (one) found.push(one);
    else plain++;
  }
  // A heading such as `name,r,g,b` is no name.
  if (found.length === 0) return { names: said };
  if (plain > 1) return undefined;
  return { names: [...new Set(found.map(({ name }) => name))], byCode: new Map(found.map((f) => [f.code, f.name])) };
}

const colour = (parts: readonly (string | undefined)[]) => colourCode(parts.map(Number) as [number, number, number]);

/** `64 128 64 Animal`. */
function colourFirst(line: string) {
  const hit = /^(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[\s,:]+(.*\S)$/.exec(line);
  return hit ? { code: colour(hit.slice(1, 4)), name: hit[4]! } : undefined;
}

/** `Animal:64,128,64::`, `Animal,64,128,64`. */
function nameFirst(line: string) {
  const hit = /^(.*?\S)\s*[:,;\t]\s*(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})\s*(:.*)?$/.exec(line);
  return hit ? { code: colour(hit.slice(2, 5)), name: hit[1]! } : undefined;
}

/** `3, Animal`, `3: Animal`. */
function valueFirst(line: string) {
  const hit = /^(\d{1,3})\s*[,:;\t]\s*(.*\S)$/.exec(line);
  return hit ? { code: Number(hit[1]), name: hit[2]! } : undefined;
}
