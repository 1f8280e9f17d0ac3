import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { check } from '../src/base/errors.ts';
import { permutation, type Random, random } from '../src/base/random.ts';
import { detect } from '../src/tasks/detect/node/detect.ts';
import type { DetectTarget } from '../src/tasks/detect/target.ts';
import type { Entry } from '../src/tasks/layout.ts';
import { readLayout } from '../src/tasks/node/read-layout.ts';
import { shared } from './carry-out.ts';

/** Class folders train and test, cut out of pictures with boxes: the same squares whatever is asked of them. */

/** A square of a picture, in its pixels. */
interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** Most squares of one class in train and in test. */
const MOST = { train: 150, test: 100 } as const;
type Part = keyof typeof MOST;

interface Cut {
  readonly kind: string;
  readonly path: string;
  readonly square: Square;
}

/** Blood cells by themselves (BCCD): each in a square 1.2 times its longer side; at most 150 and 100 of a kind. */
export const cellCrops = (): Promise<string> =>
  cutAll('bccd', 'bccd-crops', ({ target, path }, size, classes) =>
    target.objects.map(({ label, box: [x0, y0, x1, y1] }) => {
      const side = Math.min(Math.ceil(1.2 * Math.max(x1 - x0, y1 - y0)), ...size);
      return { kind: classes[label]!, path, square: within((x0 + x1 - side) / 2, (y0 + y1 - side) / 2, side, size) };
    }),
  );

const TILE = 128;

/** Tiles of 128 × 128 pixels of ball screws (bsdata-pitting): with a pit somewhere in them, or without any. */
export const pitTiles = (): Promise<string> =>
  cutAll('bsdata-pitting', 'bsdata-tiles', ({ target, path }, size, _classes, rng) => {
    const boxes = target.objects.map(({ box }) => box);
    const pits = boxes.map(([x0, y0, x1, y1]) => {
      const off = () => (rng.uniform() - 0.5) * (TILE / 2);
      const square = within((x0 + x1 - TILE) / 2 + off(), (y0 + y1 - TILE) / 2 + off(), TILE, size);
      return { kind: 'pitting', path, square };
    });
    const empty = Array.from({ length: 3 }, () =>
      within(rng.uniform() * size[0], rng.uniform() * size[1], TILE, size),
    ).filter(({ left, top, side }) =>
      boxes.every(([x0, y0, x1, y1]) => x1 <= left || y1 <= top || x0 >= left + side || y0 >= top + side),
    );
    return [...pits, ...empty.map((square) => ({ kind: 'good', path, square }))];
  });

/** The square moved into the picture of `size` (width, height). */
function within(left: number, top: number, side: number, [width, height]: readonly [number, number]): Square {
  const into = (at: number, most: number) => Math.round(Math.min(Math.max(0, at), most - side));
  return { left: into(left, width), top: into(top, height), side };
}

async function cutAll(
  folder: string,
  name: string,
  squares: (
    entry: Entry<DetectTarget>,
    size: readonly [number, number],
    classes: readonly string[],
    rng: Random,
  ) => readonly Cut[],
): Promise<string> {
  const { root, entries, classes } = await readLayout(join(shared, folder), detect);
  const to = join(tmpdir(), 'yosegi-recipes', name);
  await rm(to, { recursive: true, force: true });
  const parts: Record<Part, Cut[]> = { train: [], test: [] };
  for (const entry of entries) {
    check(entry.split, () => `${entry.path} of ${folder} is in no split`);
    if (entry.split === 'val') continue;
    const { width, height } = await sharp(join(root, entry.path)).metadata();
    parts[entry.split].push(...squares(entry, [width, height], classes, random(0, name, entry.path)));
  }
  for (const part of ['train', 'test'] as const)
    for (const kind of new Set(parts[part].map((cut) => cut.kind))) {
      const all = parts[part].filter((cut) => cut.kind === kind);
      const chosen = [...permutation(random(0, name, part, kind), all.length)].slice(0, MOST[part]);
      for (const [i, at] of chosen.entries()) {
        const { path, square } = all[at]!;
        const file = join(to, part, kind, `${part}-${i}.png`);
        await mkdir(dirname(file), { recursive: true });
        const { left, top, side } = square;
        await sharp(join(root, path)).extract({ left, top, width: side, height: side }).png().toFile(file);
      }
    }
  return to;
}
