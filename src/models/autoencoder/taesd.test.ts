import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../data/image.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { denormalised, normalised, preprocessing } from '../../data/preprocess.ts';
import { psnrOf } from '../../data/psnr.ts';
import { resample } from '../../data/resize/resize.ts';
import { openAutoencoder } from '../../run/node/autoencoder/open.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { shared } from '../../testing/shared.ts';
import { decodedBy, encodedBy } from '../../train/latents.ts';
import { stageGraphs } from './autoencoder.ts';

const weights = join(shared, 'taef2');

/** PSNR in dB at these sizes, from the README beside the weights: found by a plain implementation on the middle square of each photo. */
const published = {
  cat_720p: [30.5, 29.6, 26.7],
  parrot: [26.8, 23.1, 20.3],
  hot_dog: [31.3, 29.0, 25.6],
  owl: [27.0, 24.3, 22.1],
  burger: [28.9, 25.6, 22.8],
};

/** Cut out, then resized as Pillow's Lanczos does. */
function middleSquare(photo: Image, to: number): Image {
  const { width, height } = photo;
  const side = Math.min(width, height);
  const [x, y] = [width, height].map((d) => Math.floor((d - side) / 2)) as [number, number];
  const square = resample(photo, { width, height, filter: 'lanczos', window: { x, y, width: side, height: side } });
  return resample(square, { width: to, height: to, filter: 'lanczos', window: { x: 0, y: 0, width: to, height: to } });
}

describe.skipIf(!existsSync(weights))('TAEF2 with its own weights', () => {
  it.each([256, 128, 64].map((size, i) => [size, i] as const))(
    'brings photos of %i pixels back as near as was published',
    { timeout: 120_000 },
    async (size, i) => {
      const runtime = await nativeRuntime();
      const auto = await openAutoencoder(weights, [size, size]);
      const { encoder, decoder } = stageGraphs(auto);
      const [there, back] = [
        await compile(runtime, encoder, { constants: auto.weights, target: 'standard' }),
        await compile(runtime, decoder, { constants: auto.weights, target: 'standard' }),
      ];
      const p = preprocessing({ size, mean: [0, 0, 0], std: [1, 1, 1] });
      for (const [name, psnr] of Object.entries(published)) {
        const photo = await decodeImage(await readFile(join(shared, 'sample-photos', `${name}.jpg`)), {});
        const fitted = middleSquare(photo, size);
        const latents = await encodedBy(there, normalised([fitted], p));
        expect(latents.shape).toEqual([1, 32, size / 8, size / 8]);
        const [again] = denormalised(await decodedBy(back, latents), p);
        expect(Math.abs(psnrOf(again!, fitted) - psnr[i]!), `${name}: ${psnrOf(again!, fitted)}`).toBeLessThan(0.1);
      }
      await there.close();
      await back.close();
    },
  );
});
