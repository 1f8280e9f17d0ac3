import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundledMaker } from '../bundle/open-maker.ts';
import { writeCells } from '../run/node/autoencoder/testing/cells.ts';
import { wasmRuntime } from '../runtime/node/wasm.ts';
import { generate } from '../tasks/generate/index.ts';
import { workplace } from './testing/photographs.ts';
import type { Ended } from './testing/start.ts';
import { yosegi } from './testing/yosegi.ts';

let work: Awaited<ReturnType<typeof workplace>>;
let trained: Ended;
let cells: string;
const run = () => join(work.root, 'run');
const training = (out: string, ...more: string[]) => [
  ...['train', work.images, '--task', 'generate', '--autoencoder', cells, '--out', out, '--size', '32'],
  ...['--model', 'ascan-unet-micro', '--layout', 'C|T|T', '--batch', '8', '--threads', '1', '--test-fraction', '0.35'],
  ...more,
];
const train = (out: string, ...more: string[]) => yosegi(...training(out, ...more));

beforeAll(async () => {
  work = await workplace(8);
  cells = writeCells(join(work.root, 'cells'), 32);
  trained = await train(run(), '--epochs', '2', '--show-every', '2');
}, 120_000);
afterAll(() => work.remove());

it('trains on latents that are computed once and kept', async () => {
  expect(trained.code, trained.err).toBe(0);
  expect(trained.err).toMatch(/cells makes 48×8×8 latents of a picture; decoded again it comes within \d+\.\d dB/);
  const { latents, channels, overrides, preprocessing } = JSON.parse(await readFile(join(run(), 'run.json'), 'utf8'));
  expect([latents.channels, latents.size, channels, preprocessing.size]).toEqual([48, [8, 8], 48, [32, 32]]);
  // Cells of latents are not put together again, as pixels are.
  expect(overrides).toMatchObject({ layout: 'C|T|T', patch: 1 });
  // Of −1 … 1 half would be lost.
  expect(preprocessing.mean).toEqual([0, 0, 0]);
  expect(latents.psnr).toBeGreaterThan(60);
  const kept = ['mirrored.safetensors', 'train.safetensors', 'val.safetensors'];
  expect((await readdir(join(run(), 'latents'))).sort()).toEqual(kept);
  expect(await sharp(join(run(), 'progress', 'epoch-0002.png')).metadata()).toMatchObject({ format: 'png' });
});

it('makes and judges pictures by the decoder', { timeout: 120_000 }, async () => {
  const out = join(work.root, 'made');
  const made = await yosegi('generate', run(), '--count', '2', '--steps', '2', '--out', out);
  expect(made.code, made.err).toBe(0);
  const [one] = (await readdir(out)).filter((name) => name.endsWith('0001.png'));
  expect(await sharp(join(out, one!)).metadata()).toMatchObject({ width: 32, height: 32 });
  const judged = await yosegi('eval', run(), '--made', '8', '--steps', '2');
  expect(judged.code, judged.err).toBe(0);
  expect(judged.out).toMatch(/denoising error[\s\S]*8 made pictures[\s\S]*Fréchet distance/);
  const [photo] = await readdir(join(work.images, 'red-iron'));
  const from = await yosegi(
    ...['generate', run(), '--from', join(work.images, 'red-iron', photo!), '--out', join(work.root, 'from')],
  );
  expect(from).toMatchObject({
    code: 1,
    err: expect.stringMatching(/works on an autoencoder’s latents: leave out --from/),
  });
});

it('ships the decoder, which is verified and makes the same pictures', { timeout: 200_000 }, async () => {
  const exported = await yosegi('export', run());
  expect(exported.code, exported.err).toBe(0);
  const bundle = join(run(), 'bundle');
  expect(await readdir(bundle)).toContain('decoder.onnx');
  expect(await readFile(join(bundle, 'README.md'), 'utf8')).toMatch(/InferenceSession\('decoder\.onnx'\)/);
  // Where the autoencoder lies is nobody's business.
  expect(JSON.parse(await readFile(join(bundle, 'making.json'), 'utf8')).task).not.toHaveProperty('autoencoder');
  const verified = await yosegi('verify', bundle);
  expect(verified.code, verified.out + verified.err).toBe(0);
  expect(verified.out).toMatch(/onnxruntime-web.*4 golden inputs, 4 of them from the picture on/);
  const runtime = await wasmRuntime({ threads: 1 });
  const maker = await openBundledMaker((path) => readFile(join(bundle, path)), { task: generate, runtime });
  const sizes: number[] = [];
  const { pictures } = await maker.make([{ label: 1, seed: 1 }], {
    making: maker.making,
    onLook: ([look]) => sizes.push(look!.width),
  });
  await maker.close();
  expect(new Set(sizes)).toEqual(new Set([32]));
  const golden = await sharp(join(bundle, 'golden', 'made-1.png'))
    .raw()
    .toBuffer();
  golden.forEach((v, i) => {
    expect(Math.abs(v - pictures[0]!.data[i]!)).toBeLessThanOrEqual(3);
  });
});

it('goes on after a stop to the same weights', { timeout: 120_000 }, async () => {
  const [whole, parts] = [join(work.root, 'whole'), join(work.root, 'parts')];
  const often = ['--checkpoint-seconds', '0', '--show-every', '0', '--epochs', '3'];
  expect((await train(whole, ...often)).code).toBe(0);
  const { start } = await import('./testing/start.ts');
  const child = start(training(parts, ...often));
  while (!/epoch {3}1/.test(child.err())) await new Promise((r) => setTimeout(r, 20));
  child.kill('SIGINT');
  await child.ended;
  const { code, err } = await yosegi('train', '--resume', '--out', parts);
  expect(code, err).toBe(0);
  const tail = async (out: string) => (await readFile(join(out, 'last', 'checkpoint.safetensors'))).subarray(-50_000);
  expect(Buffer.compare(await tail(whole), await tail(parts))).toBe(0);
});

it('says what cannot be', { timeout: 60_000 }, async () => {
  const failed = async (...more: string[]) => {
    const { code, err } = await train(join(work.root, 'no'), ...more);
    expect(code).toBe(1);
    return err;
  };
  expect(await failed('--augment', 'standard')).toMatch(/encoded once, as they are and mirrored.*leave out --augment/);
  expect(await failed('--autoencoder', work.images)).toMatch(/is no autoencoder: give a folder with encoder\.onnx/);
});
