import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { f32 } from '../../../base/tensor.ts';
import { temporaryFolder } from '../../../imported/testing/folder.ts';
import { latentShape, scaleOf, stageGraphs } from '../../../models/autoencoder/autoencoder.ts';
import { nativeRuntime } from '../../../runtime/node/native.ts';
import { compile } from '../../../runtime/runtime.ts';
import { decodedBy, encodedBy } from '../../../train/latents.ts';
import { openAutoencoder } from './open.ts';
import { writeCells } from './testing/cells.ts';

const root = temporaryFolder();
const cells = writeCells(join(root, 'cells'), 16);

it.each([cells, join(cells, 'encoder.onnx')])('opens two files, and leads there and back: %#', async (path) => {
  const auto = await openAutoencoder(path, [16, 16]);
  expect(latentShape(auto)).toEqual({ channels: 48, size: [4, 4] });
  const pictures = f32(
    [3, 3, 16, 16],
    Array.from({ length: 3 * 3 * 256 }, (_, i) => ((i * 37) % 101) / 100),
  );
  const runtime = await nativeRuntime();
  const plain = await compile(runtime, stageGraphs(auto).encoder);
  const scale = scaleOf(await encodedBy(plain, pictures));
  const { encoder, decoder } = stageGraphs(auto, scale);
  const [there, back] = [await compile(runtime, encoder), await compile(runtime, decoder)];
  const latents = await encodedBy(there, pictures);
  const { mean, std } = scaleOf(latents);
  mean.forEach((m, c) => {
    expect(m).toBeCloseTo(0, 5);
    expect(std[c]).toBeCloseTo(0.5, 5);
  });
  const again = await decodedBy(back, latents);
  pictures.data.forEach((v, i) => {
    expect(again.data[i]).toBeCloseTo(v, 5);
  });
  for (const program of [plain, there, back]) await program.close();
});

it('says what is no autoencoder', async () => {
  const empty = join(root, 'empty');
  mkdirSync(empty);
  await expect(openAutoencoder(empty, [16, 16])).rejects.toThrow(
    /empty is no autoencoder: give a folder with encoder.onnx/,
  );
  copyFileSync(join(cells, 'encoder.onnx'), join(empty, 'encoder.onnx'));
  await expect(openAutoencoder(empty, [16, 16])).rejects.toThrow(/no autoencoder with a decoder/);
  copyFileSync(join(writeCells(join(root, 'other'), 32), 'encoder.onnx'), join(empty, 'decoder.onnx'));
  await expect(openAutoencoder(empty, [16, 16])).rejects.toThrow(/gives \[N,48,4,4\], the decoder takes 3 channels/);
});
