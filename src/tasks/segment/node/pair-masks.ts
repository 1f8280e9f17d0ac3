import { type FolderFiles, keyOf, stemOf } from '../../node/folder-files.ts';
import { isMaskFolder, isOther, isPart } from '../../node/folder-kinds.ts';
import { splitNamed } from '../../splits.ts';

/** A picture, its mask, and further masks that it has, all by their paths. */
export interface Pair {
  readonly picture: string;
  readonly mask: string;
  readonly others: readonly string[];
}

export interface Pairs {
  readonly pairs: readonly Pair[];
  /** Pictures without a mask. */
  readonly bare: readonly string[];
  /** Masks without a picture. */
  readonly strays: readonly string[];
}

/** What a mask's name has behind its picture's: `a_mask.png` of `a.jpg`, `a.jpg.png` of `a.jpg`. */
const behind =
  /([-_. ](masks?|seg|segm|segmentation|labels?|gt|annot|annotation|matte)([-_]?\d+)?|\.(jpe?g|png|bmp|tiff?))$/i;
/** What a picture's name may have in its place: `a_sat.jpg`. */
const before = /[-_. ](images?|img|sat|rgb|input|photo)$/i;

/** Pictures and their masks, by folders (`images` and `masks`, `train` and `train_masks`) and by names (`a.jpg`, `a_mask.png`). */
export function pairMasks({ pictures }: Pick<FolderFiles, 'pictures'>): Pairs {
  const inMaskFolder = (path: string) => path.split('/').slice(0, -1).some(isMasks);
  const masks = new Map<string, string[]>();
  const shown: string[] = [];
  const all = new Set(pictures.map((path) => keyOf(path)));
  const put = (key: string, path: string) => {
    const known = masks.get(key);
    if (known) known.push(path);
    else masks.set(key, [path]);
  };
  for (const path of pictures.filter((p) => !p.split('/').slice(0, -1).some(isOther))) {
    const stem = stemOf(path);
    const short = stem.replace(behind, '');
    const key = maskKey(path);
    const shortKey = key.slice(0, key.length - stem.normalize().length) + short.normalize();
    if (inMaskFolder(path)) {
      put(key, path);
      if (short !== stem) put(shortKey, path);
    } else if (short !== stem && all.has(shortKey)) put(shortKey, path);
    else shown.push(path);
  }
  const pairs: Pair[] = [];
  const bare: string[] = [];
  const used = new Set<string>();
  for (const picture of shown) {
    const key = keyOf(picture);
    const found = masks.get(key) ?? masks.get(key.replace(before, '')) ?? [];
    const [mask, ...others] = found;
    for (const path of found) used.add(path);
    if (mask === undefined) bare.push(picture);
    else pairs.push({ picture, mask, others });
  }
  const strays = [...new Set([...masks.values()].flat())].filter((path) => !used.has(path));
  return { pairs, bare, strays };
}

/** `train_masks`, `trainannot`: the split, where a folder's name says both. */
function splitOfMasks(folder: string): string | undefined {
  const word = /^([a-z]+?)[-_]?(masks?|annots?|labels?|gt)$/i.exec(folder)?.[1];
  return word !== undefined && splitNamed(word) ? word : undefined;
}

const isMasks = (folder: string): boolean => isMaskFolder(folder) || splitOfMasks(folder) !== undefined;

function maskKey(path: string): string {
  const folders = path.split('/').map((part, i, all) => (i < all.length - 1 ? (splitOfMasks(part) ?? part) : part));
  return keyOf(folders.join('/'), isPart);
}
