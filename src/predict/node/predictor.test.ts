import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { image } from '../../data/image.ts';
import { writeSmallRun } from '../../run/node/testing/write-run.ts';
import { writeSafetensors } from '../../weights/node/files.ts';
import { openPredictor } from './predictor.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-predict-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('says which image a model has no number for, and never names a class', async () => {
  const run = join(root, 'run');
  const weights = await writeSmallRun(run);
  const [name] = [...weights.keys()].filter((n) => n.startsWith('head.') && n.endsWith('bias'));
  weights.get(name!)!.data[1] = Number.NaN;
  await writeSafetensors(join(run, 'best', 'model.safetensors'), weights);
  const file = join(root, 'a.png');
  await sharp({ create: { width: 40, height: 40, channels: 3, background: '#804020' } })
    .png()
    .toFile(file);
  await writeFile(join(root, 'b.png'), 'none');
  const predictor = await openPredictor(run);
  const said = [];
  for await (const p of predictor.predictFiles([file, join(root, 'b.png')])) said.push(p);
  expect(said).toEqual([
    { file, error: expect.stringMatching(/^the model answers NaN, no number: its weights or its preprocessing/) },
    { file: join(root, 'b.png'), error: expect.stringMatching(/^no picture: it is text/) },
  ]);
  await expect(predictor.predict([image(40, 40)])).rejects.toThrow(/^image 0 of 1: the model answers NaN/);
  await predictor.close();
});
