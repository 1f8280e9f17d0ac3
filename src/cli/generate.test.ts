import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { openBundledMaker } from '../bundle/open-maker.ts';
import { pngText } from '../data/node/png-text.ts';
import { wasmRuntime } from '../runtime/node/wasm.ts';
import { generate } from '../tasks/generate/index.ts';
import { classes, workplace } from './testing/photographs.ts';
import type { Ended } from './testing/start.ts';
import { yosegi } from './testing/yosegi.ts';

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
  expect(trained.err).toMatch(/val \d\.\d+ .*\(0\.2 \d\.\d+, 0\.5/);
  expect(await readdir(join(run(), 'progress'))).toEqual(['epoch-0001.png', 'epoch-0002.png']);
  const { options, task, model, preprocessing } = JSON.parse(await readFile(join(run(), 'run.json'), 'utf8'));
  expect([task, model]).toEqual(['generate', 'ascan-unet-nano']);
  // Pictures are scaled to mean 0 and deviation 0.5, as those that are trained on need it.
  const list = (await readFile(join(run(), 'split.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const learned = list.filter(({ split }) => split === 'train');
  const values = await Promise.all(
    learned.map(({ path }) =>
      sharp(join(work.images, path)).removeAlpha().resize(32, 32, { fit: 'fill' }).raw().toBuffer(),
    ),
  );
  for (const colour of [0, 1, 2]) {
    const own = values.flatMap((bytes) => [...bytes].filter((_, i) => i % 3 === colour)).map((v) => v / 255);
    const mean = own.reduce((a, b) => a + b) / own.length;
    const deviation = Math.sqrt(own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length);
    expect(preprocessing.mean[colour]).toBeCloseTo(mean, 1);
    expect(preprocessing.std[colour] / (2 * deviation)).toBeGreaterThan(0.93);
    expect(preprocessing.std[colour] / (2 * deviation)).toBeLessThan(1.07);
  }
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

it('makes pictures from a picture, and fills what a mask shows', { timeout: 60_000 }, async () => {
  const pixels = (path: string) => sharp(path).removeAlpha().raw().toBuffer();
  const source = join(work.root, 'source.png');
  const [photo] = await readdir(join(work.images, 'red-iron'));
  await sharp(join(work.images, 'red-iron', photo!))
    .resize(32, 32, { fit: 'fill' })
    .png()
    .toFile(source);
  const mask = join(work.root, 'mask.png');
  const left = { input: Buffer.alloc(16 * 32 * 3, 255), raw: { width: 16, height: 32, channels: 3 as const } };
  const dark = { width: 32, height: 32, channels: 3 as const, background: '#000' };
  await sharp({ create: dark })
    .composite([{ ...left, left: 0, top: 0 }])
    .png()
    .toFile(mask);
  const make = (out: string, ...more: string[]) =>
    yosegi(
      ...['generate', run(), '--class', 'red-iron', '--count', '2', '--steps', '10', '--from', source],
      ...['--out', join(work.root, out), ...more],
    );
  const distance = async (out: string) => {
    const [x, y] = [await pixels(source), await pixels(join(work.root, out, 'red-iron-0000.png'))];
    return x.reduce((sum, v, i) => sum + Math.abs(v - y[i]!), 0) / x.length;
  };
  const near = await make('near', '--strength', '2%');
  expect(near.code, near.err).toBe(0);
  expect(near.out).toMatch(/2 network evaluations a picture/);
  const far = await make('far', '--strength', '0.9');
  expect(far.code, far.err).toBe(0);
  expect(far.out).toMatch(/18 network evaluations a picture/);
  expect(await distance('near')).toBeLessThan(8);
  expect(await distance('far')).toBeGreaterThan(16);
  const words = pngText(await readFile(join(work.root, 'far', 'red-iron-0001.png')));
  expect(words).toMatchObject({ From: 'source.png', Strength: '0.9', Seed: '1' });

  const filled = await make('filled', '--mask', mask);
  expect(filled.code, filled.err).toBe(0);
  const own = await pixels(source);
  const made = await Promise.all([0, 1].map((seed) => pixels(join(work.root, 'filled', `red-iron-000${seed}.png`))));
  const side = (data: Buffer, keep: (x: number) => boolean) => data.filter((_, i) => keep(Math.floor(i / 3) % 32));
  const [known, anew] = [(x: number) => x >= 16, (x: number) => x < 16];
  for (const one of made) expect(side(one, known)).toEqual(side(own, known));
  expect(side(made[0]!, anew)).not.toEqual(side(own, anew));
  expect(side(made[0]!, anew)).not.toEqual(side(made[1]!, anew));
});

it('judges what it makes, beside real pictures', { timeout: 120_000 }, async () => {
  const { code, out, err } = await yosegi('eval', run(), '--made', '8', '--steps', '5', '--guidance', '1');
  expect(code, err).toBe(0);
  expect(out).toMatch(/denoising error/);
  expect(out).toMatch(
    /8 made pictures \(dpm, 5 steps, guidance 1, 5 evaluations each\), beside \d+ real ones, \d+ of them validation pictures, on MobileNetV2-ImageNet features/,
  );
  expect(out).toMatch(/Fréchet distance +\d+\.\d\d +of made and judged pictures; of trained-on and judged ones \d/);
  const { made } = JSON.parse(await readFile(join(run(), 'eval.json'), 'utf8'));
  // What has learned nothing is far from what is real, and copies nothing.
  expect(made.frechet).toBeGreaterThan(made.frechetReal);
  expect([made.copies, made.nearest.length, made.fid]).toEqual([0, 8, false]);
  expect([made.making.steps, made.making.guidance]).toEqual([5, 1]);
  expect(made.real.pictures).toBeGreaterThan(made.real.ofValidation);
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
  // The way in for a page, which has no file system.
  const runtime = await wasmRuntime({ threads: 1 });
  const maker = await openBundledMaker((path) => readFile(join(bundle, path)), { task: generate, runtime });
  const looks: number[] = [];
  const again = await maker.make([{ label: 1, seed: 1 }], {
    making: maker.making,
    onLook: (_, step, of) => looks.push(step / of),
  });
  await maker.close();
  expect([maker.classes, looks.length, looks.at(-1)]).toEqual([[...classes], 20, 0.95]);
  (await pixels(join(bundle, 'golden', 'made-1.png'))).forEach((v, i) => {
    expect(Math.abs(v - again.pictures[0]!.data[i]!)).toBeLessThanOrEqual(3);
  });
  const photo = join(bundle, 'golden', 'made-1.png');
  const from = (of: string, out: string) =>
    yosegi('generate', of, '--from', photo, '--mask', photo, '--count', '1', '--steps', '2', '--out', out);
  const outs = ['of-run', 'of-bundle'].map((out) => join(work.root, out));
  for (const [i, of] of [run(), bundle].entries()) {
    const { code, err } = await from(of, outs[i]!);
    expect(code, err).toBe(0);
  }
  const both = await Promise.all(outs.map((out) => pixels(join(out, 'slag-inclusion-0000.png'))));
  both[0]!.forEach((v, i) => {
    expect(Math.abs(v - both[1]![i]!)).toBeLessThanOrEqual(1);
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
  const { start } = await import('./testing/start.ts');
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

it('trains DiT the same way, and makes pictures with it', { timeout: 120_000 }, async () => {
  const out = join(work.root, 'dit');
  const trained = await yosegi(
    ...['train', work.images, '--task', 'generate', '--out', out, '--model', 'dit-nano'],
    ...['--size', '32', '--batch', '8', '--threads', '1', '--epochs', '1', '--show-every', '0'],
  );
  expect(trained.code, trained.err).toBe(0);
  const made = await yosegi(
    ...['generate', out, '--class', 'red-iron', '--count', '2', '--steps', '3', '--out', join(work.root, 'by-dit')],
  );
  expect(made.code, made.err).toBe(0);
  expect(await readdir(join(work.root, 'by-dit'))).toHaveLength(3);
});

it('says what makes no sense', { timeout: 120_000 }, async () => {
  const failed = async (args: string[]) => {
    const { code, err } = await yosegi(...args);
    expect(code).toBe(1);
    return err;
  };
  const out = join(work.root, 'no');
  expect(await failed(['eval', run(), '--features', join(work.root, 'no.onnx')])).toMatch(/no\.onnx/);
  expect(await failed(['predict', run(), work.images])).toMatch(/one of the task generate makes them: yosegi generate/);
  expect(await failed(['generate', run(), '--class', 'red-irn', '--out', out])).toMatch(/did you mean 'red-iron'/);
  const photo = join(work.images, 'red-iron', (await readdir(join(work.images, 'red-iron')))[0]!);
  const from = (...more: string[]) => failed(['generate', run(), '--out', join(work.root, 'no-from'), ...more]);
  expect(await from('--mask', photo)).toMatch(/--mask is about the picture to begin with: give --from PICTURE too/);
  expect(await from('--from', photo, '--strength', '1.2')).toMatch(/a share above 0 and at most 1, such as 0.6 or 60%/);
  const other = join(work.root, 'other.png');
  await sharp({ create: { width: 7, height: 9, channels: 3, background: '#fff' } })
    .png()
    .toFile(other);
  expect(await from('--from', photo, '--mask', other)).toMatch(
    /is fitted to 32×32[\s\S]*the mask has 7×9 pixels, the picture \d+×\d+: they must be equally large/,
  );
  expect(await failed(['train', work.images, '--task', 'generate', '--model', 'ascan-nano', '--out', out])).toMatch(
    /unknown network that makes pictures 'ascan-nano'/,
  );
});

it('says early that it only repeats what it is trained on', { timeout: 120_000 }, async () => {
  const side = 32;
  const root = join(work.root, 'few');
  const put = async (name: string, at: (x: number, y: number) => number) => {
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
      const p = Math.floor(i / 3);
      return at(p % side, Math.floor(p / side));
    });
    await mkdir(dirname(join(root, name)), { recursive: true });
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(join(root, name));
  };
  // Two pictures, one a class: there is nothing to learn but them.
  await put('train/left/a.png', (x) => (x < side / 2 ? 20 : 230));
  await put('train/top/a.png', (_, y) => (y < side / 2 ? 20 : 230));
  for (const [k, name] of ['val/left', 'val/top', 'test/left', 'test/top'].entries())
    await put(`${name}/b.png`, (x, y) => 40 + 180 * random(k, 'few', (y >> 3) * 4 + (x >> 3)).uniform());
  const few = [
    '--batch',
    '2',
    '--epochs',
    '80',
    '--show-every',
    '40',
    '--eval-every',
    '80',
    '--lr',
    '3e-3',
    '--ema',
    '0.9',
  ];
  const { code, err } = await yosegi(
    ...['train', root, '--task', 'generate', '--out', join(work.root, 'repeats'), ...tiny, ...few, '--augment', 'none'],
  );
  expect(code, err).toBe(0);
  expect(err).toMatch(
    /it begins to repeat what it is trained on: \d+(\.\d+)? % of these pictures .*validation pictures 0\.0 %/,
  );
  expect(trained.err).not.toMatch(/begins to repeat/);
});
