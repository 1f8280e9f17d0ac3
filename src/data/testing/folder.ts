import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { random } from '../../base/random.ts';
import { type Image, image } from '../image.ts';

/** For tests: a temporary folder with these files (paths with '/'), gone after the test. */
export async function folderOf(files: Record<string, Uint8Array | string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'yosegi-data-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  return dir;
}

/** A smooth picture with some noise; another one for another seed. */
export function picture(seed: number, width = 24, height = 20): Image {
  const rng = random(seed, 'picture');
  const [r, g, b] = [rng.below(200), rng.below(200), rng.below(200)];
  const out = image(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const noise = rng.below(30);
      out.data.set([r + noise, g + (x * 50) / width, b + (y * 50) / height], (y * width + x) * 3);
    }
  }
  return out;
}

export function png({ width, height, data }: Image): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

export function jpeg({ width, height, data }: Image): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** Files `<prefix><class>/<n>.png` of different pictures, `counts[k]` for class 'a', 'b', … */
export async function classFiles(
  counts: readonly number[],
  { prefix = '', seed = 0, width = 24, height = 20 } = {},
): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [k, count] of counts.entries()) {
    for (let n = 0; n < count; n++) {
      const name = String.fromCharCode(97 + k);
      files[`${prefix}${name}/${n}.png`] = await png(picture(seed + k * 1000 + n, width, height));
    }
  }
  return files;
}
