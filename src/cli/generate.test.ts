import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pngText } from '../data/node/png-text.ts';
import { workplace } from './testing/photographs.ts';
import { type Ended, yosegi } from './testing/yosegi.ts';

let work: Awaited<ReturnType<typeof workplace>>;
let trained: Ended;
const run = () => join(work.root, 'run');

/** A network so small that it learns nothing, in seconds. */
const tiny = ['--model', 'ascan-unet-nano', '--layout', 'C|T|T', '--size', '32', '--batch', '8', '--threads', '1'];

beforeAll(async () => {
  work = await workplace(8);
  trained = await yosegi(
    ...[
      'train',
      work.images,
      '--task',
      'generate',
      '--out',
      run(),
      ...tiny,
      '--epochs',
      '2',
      '--show-every',
      '1',
      '--test-fraction',
      '0.35',
    ],
  );
}, 120_000);
afterAll(() => work.remove());

it('trains on class folders, and shows pictures on the way', async () => {
  expect(trained.code, trained.err).toBe(0);
  expect(trained.err).toMatch(/val \d\.\d+ .*\(0\.2 \d\.\d+, 0\.4/);
  expect(await readdir(join(run(), 'progress'))).toEqual(['epoch-0001.png', 'epoch-0002.png']);
  const { options, task, model } = JSON.parse(await readFile(join(run(), 'run.json'), 'utf8'));
  expect([task, model]).toEqual(['generate', 'ascan-unet-nano']);
  // What nobody said, the task decided.
  expect(options.train).toMatchObject({ ema: 0.999, lr: 1e-3, weightDecay: 0 });
  expect(options.task).toEqual({ process: 'flow', labelDropout: 0.1, showEvery: 1 });
});

it('makes pictures of a class, the same for the same seed, with the seed inside', { timeout: 60_000 }, async () => {
  const make = (out: string, ...more: string[]) =>
    yosegi('generate', run(), '--class', 'red-iron', '--steps', '3', '--out', join(work.root, out), ...more);
  const first = await make('a', '--count', '3', '--seed', '5');
  expect(first.code, first.err).toBe(0);
  expect(first.out).toMatch(/3 pictures in .*seeds 5 to 7/);
  expect(first.out).toMatch(/6 network evaluations a picture/);
  const names = ['red-iron-0005.png', 'red-iron-0006.png', 'red-iron-0007.png', 'sheet.png'];
  expect(await readdir(join(work.root, 'a'))).toEqual(names);
  const file = join(work.root, 'a', 'red-iron-0006.png');
  expect(pngText(await readFile(file))).toMatchObject({ Seed: '6', Class: 'red-iron' });
  expect(await sharp(file).metadata()).toMatchObject({ width: 32, height: 32 });
  const again = await make('b', '--count', '1', '--seed', '6');
  expect(again.code, again.err).toBe(0);
  const pixels = (path: string) => sharp(path).raw().toBuffer();
  const [x, y] = [await pixels(file), await pixels(join(work.root, 'b', 'red-iron-0006.png'))];
  // Beside other pictures in a batch a sum may be added up in another order.
  x.forEach((v, i) => {
    expect(Math.abs(v - y[i]!)).toBeLessThanOrEqual(1);
  });
  expect(await make('a')).toMatchObject({ code: 1, err: expect.stringMatching(/give --out a new folder/) });
});

it('judges what it makes, beside real pictures', { timeout: 120_000 }, async () => {
  const { code, out, err } = await yosegi('eval', run(), '--made', '8');
  expect(code, err).toBe(0);
  expect(out).toMatch(/denoising error/);
  expect(out).toMatch(
    /8 made pictures \(dpm, 20 steps, guidance 2, 40 evaluations each\), on MobileNetV2-ImageNet features/,
  );
  expect(out).toMatch(/Fréchet distance +\d+\.\d\d +of made and judged pictures; of trained-on and judged ones \d/);
  const { made } = JSON.parse(await readFile(join(run(), 'eval.json'), 'utf8'));
  // What has learned nothing is far from what is real, and copies nothing.
  expect(made.frechet).toBeGreaterThan(made.frechetReal);
  expect([made.copies, made.nearest.length]).toEqual([0, 8]);
  expect(await readdir(run())).toContain('nearest.png');
  const report = await yosegi('report', run(), '--lang', 'ja', '--out', join(work.root, 'ja.html'));
  expect(report.code, report.err).toBe(0);
  const html = await readFile(join(work.root, 'ja.html'), 'utf8');
  expect(html).toMatch(/画像を作るモデルの報告書/);
  expect(html).not.toMatch(/>(undefined|NaN|null)</);
});

it('ships: a bundle that is verified on both runtimes, and makes the same pictures', { timeout: 200_000 }, async () => {
  const bundle = join(run(), 'bundle');
  const exported = await yosegi('export', run());
  expect(exported.code, exported.err).toBe(0);
  const { code, out, err } = await yosegi('verify', bundle);
  expect(code, out + err).toBe(0);
  expect(out).toMatch(/onnxruntime-node.*4 golden inputs, 4 of them from the picture on/);
  expect(out).toMatch(/onnxruntime-web.*4 golden inputs/);
  const { steps, golden } = JSON.parse(await readFile(join(bundle, 'making.json'), 'utf8'));
  expect([steps.length, golden.length]).toEqual([21, 4]);
  const made = await yosegi(
    ...['generate', bundle, '--class', 'red-iron', '--count', '1', '--seed', '0', '--out', join(work.root, 'shipped')],
  );
  expect(made.code, made.err).toBe(0);
  const pixels = (path: string) => sharp(path).raw().toBuffer();
  const [x, y] = [
    await pixels(join(work.root, 'shipped', 'red-iron-0000.png')),
    await pixels(join(bundle, 'golden', 'made-0.png')),
  ];
  x.forEach((v, i) => {
    expect(Math.abs(v - y[i]!)).toBeLessThanOrEqual(1);
  });
});

it('goes on to the same weights after a stop', { timeout: 120_000 }, async () => {
  const whole = join(work.root, 'whole');
  const parts = join(work.root, 'parts');
  const train = (out: string) => [
    'train',
    work.images,
    '--task',
    'generate',
    '--out',
    out,
    ...tiny,
    '--show-every',
    '1',
  ];
  const { start } = await import('./testing/yosegi.ts');
  await yosegi(...train(whole), '--epochs', '3', '--checkpoint-seconds', '0');
  const child = start([...train(parts), '--epochs', '3', '--checkpoint-seconds', '0']);
  while (!/epoch {3}1/.test(child.err())) await new Promise((r) => setTimeout(r, 20));
  child.kill('SIGINT');
  await child.ended;
  const { code, err } = await yosegi('train', '--resume', '--out', parts);
  expect(code, err).toBe(0);
  const weights = (out: string) => readFile(join(out, 'last', 'checkpoint.safetensors'));
  const tail = async (out: string) => (await weights(out)).subarray(-100_000);
  expect(Buffer.compare(await tail(whole), await tail(parts))).toBe(0);
});

it('says what makes no sense', async () => {
  const failed = async (args: string[]) => {
    const { code, err } = await yosegi(...args);
    expect(code).toBe(1);
    return err;
  };
  const out = join(work.root, 'no');
  expect(await failed(['predict', run(), work.images])).toMatch(/one of the task generate makes them: yosegi generate/);
  expect(await failed(['generate', run(), '--class', 'red-irn', '--out', out])).toMatch(/did you mean 'red-iron'/);
  expect(await failed(['train', work.images, '--task', 'generate', '--model', 'ascan-nano', '--out', out])).toMatch(
    /unknown network that makes pictures 'ascan-nano'/,
  );
});
