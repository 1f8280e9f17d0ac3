import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { sha256 } from '../../src/base/node/sha256.ts';
import { listPictures } from '../../src/data/node/files.ts';

/**
 * `npx tsx recipes/distill/pictures.ts OUT DIR…`: small copies of the pictures in packages, for distillation: at most 192 pixels on the
 * shorter side; large ones are cut into squares of 256 pixels besides. Which packages: recipes/distill/README.md.
 */
const [out, ...dirs] = process.argv.slice(2);
if (out === undefined || dirs.length === 0) throw new Error('where to, and from which folders? pictures.ts OUT DIR…');
sharp.concurrency(1);

/** Shorter side of a copy, and of what large pictures are shrunk to before they are cut. */
const [SMALL, CUT, LARGE, LEAST, LONGEST] = [192, 768, 900, 48, 4];
const TILE = 256;
const seen = new Set<string>();
const counts = new Map<string, number>();

for (const dir of dirs) {
  const set = basename(dir);
  await mkdir(join(out, set), { recursive: true });
  for (const path of await listPictures(dir, () => {})) {
    try {
      await copies(join(dir, path), join(out, set));
    } catch (error) {
      process.stderr.write(`${path}: ${error}\n`);
      // Not every file of a game is a picture that can be read.
    }
  }
  process.stdout.write(`${set} ${counts.get(join(out, set)) ?? 0}\n`);
}

async function copies(file: string, to: string): Promise<void> {
  const { width = 0, height = 0 } = await sharp(file).metadata();
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short < LEAST || long / short > LONGEST) return;
  const plain = () => sharp(file).rotate().flatten({ background: 'white' }).toColourspace('srgb');
  const thumb = await plain().resize(16, 16, { fit: 'fill' }).raw().toBuffer();
  // The same picture in another size.
  const key = sha256(Uint8Array.from(thumb, (v) => v >> 4));
  const { channels } = await sharp(thumb, { raw: { width: 16, height: 16, channels: 3 } }).stats();
  if (seen.has(key) || channels.every(({ stdev }) => stdev < 3)) return;
  seen.add(key);
  await save(plain().resize({ ...sideOf(width, height, SMALL), withoutEnlargement: true }), to, key);
  if (short < LARGE) return;
  const large = await plain()
    .resize(sideOf(width, height, CUT))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width: w, height: h, channels: c } = large.info;
  for (let y = 0; y + TILE <= h; y += TILE)
    for (let x = 0; x + TILE <= w; x += TILE) {
      const cut = sharp(large.data, { raw: { width: w, height: h, channels: c } });
      await save(cut.extract({ left: x, top: y, width: TILE, height: TILE }).resize(SMALL), to, `${key}-${x}-${y}`);
    }
}

function sideOf(width: number, height: number, side: number) {
  return width < height ? { width: side } : { height: side };
}

async function save(picture: Sharp, to: string, name: string): Promise<void> {
  await picture.jpeg({ quality: 90 }).toFile(join(to, `${name.slice(0, 24)}${name.slice(64)}.jpg`));
  counts.set(to, (counts.get(to) ?? 0) + 1);
}
