import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundledMaker } from '../bundle/open-maker.ts';
import { pngText } from '../data/node/png-text.ts';
import { writeTextEncoder } from '../models/text-encoder/testing/folder.ts';
import { wasmRuntime } from '../runtime/node/wasm.ts';
import { generate } from '../tasks/generate/index.ts';
import { workplace } from './testing/photographs.ts';
import type { Ended } from './testing/start.ts';
import { yosegi } from './testing/yosegi.ts';

let work: Awaited<ReturnType<typeof workplace>>;
let trained: Ended;
const at = (...path: string[]) => join(work.root, ...path);
const run = () => at('run');
/** Photographs with captions. */
const data = () => at('told');

/** A network so small that it learns nothing, in seconds. */
const tiny = [
  ...['--model', 'ascan-unet-nano', '--layout', 'C|T|T', '--size', '32', '--batch', '8', '--threads', '1'],
  ...['--epochs', '2', '--show-every', '0', '--test-fraction', '0.3'],
];
const pixels = (path: string) => sharp(path).removeAlpha().raw().toBuffer();
const off = (a: Uint8Array, b: Uint8Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

beforeAll(async () => {
  work = await workplace(8);
  await mkdir(join(data(), 'images'), { recursive: true });
  const lines: object[] = [];
  for (const folder of await readdir(work.images)) {
    for (const file of await readdir(join(work.images, folder))) {
      const name = `${folder}-${file}`;
      await copyFile(join(work.images, folder, file), join(data(), 'images', name));
      lines.push({ file: name, caption: `${folder.replace('-', ' ')} on steel, 写真 ${lines.length % 3}` });
    }
  }
  lines.push({ file: 'gone.png', caption: 'gone' });
  await writeFile(join(data(), 'captions.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  trained = await yosegi(
    ...['train', data(), '--out', run(), ...tiny, '--show-every', '1', '--text-width', '32', '--text-length', '16'],
  );
}, 120_000);
afterAll(() => work.remove());

it('shows captions before it trains on them', async () => {
  const { code, out, err } = await yosegi('data', data());
  expect(code, err).toBe(0);
  expect(out).toMatch(/told: 24 pictures \(captions in captions.jsonl\)/);
  expect(out).toMatch(/captions +24\ndifferent ones +9\n/);
  expect(out).toMatch(/caption of a picture that is not there: 1, left out \(captions.jsonl, line 25: gone.png\)/);
});

it('trains a network that is told captions, with an encoder of its own', async () => {
  expect(trained.code, trained.err).toBe(0);
  expect(trained.err).toMatch(/val \d\.\d+ .*\(0\.2 \d\.\d+, 0\.5/);
  expect(await readdir(join(run(), 'progress'))).toEqual(['epoch-0001.png', 'epoch-0002.png']);
  const { options, captions, classes } = JSON.parse(await readFile(join(run(), 'run.json'), 'utf8'));
  expect(classes).toEqual([]);
  expect(captions.examples.length).toBeGreaterThan(1);
  expect(options.task.text).toMatchObject({ length: 16, width: 32, query: false, trained: { depth: 2, heads: 1 } });
  expect(JSON.parse(await readFile(join(run(), 'text', 'tokenizer.json'), 'utf8')).model.type).toBe('BPE');
});

it('makes pictures of a text, the same for the same seed, with the text inside', { timeout: 60_000 }, async () => {
  const make = (out: string, ...more: string[]) =>
    yosegi('generate', run(), ...more, '--steps', '3', '--guidance', '3', '--out', at(out));
  const first = await make('a', 'red iron on steel', '写真', '--count', '2', '--seed', '5');
  expect(first.code, first.err).toBe(0);
  expect(first.out).toMatch(/4 pictures in .*seeds 5 to 6; sheet.png shows 2 of each text/);
  expect(first.out).toMatch(/6 network evaluations a picture/);
  const names = [
    'red-iron-on-steel-0005.png',
    'red-iron-on-steel-0006.png',
    'sheet.png',
    '写真-0005.png',
    '写真-0006.png',
  ];
  expect(await readdir(at('a'))).toEqual(names);
  const words = pngText(await readFile(at('a', names[1]!)));
  expect(words).toMatchObject({ Seed: '6', Description: 'red iron on steel' });
  expect(words.Making).toMatch(/"guidance":3/);
  const again = await make('b', '  red iron  on steel ', '--count', '1', '--seed', '6');
  expect(again.code, again.err).toBe(0);
  expect(off(await pixels(at('a', names[1]!)), await pixels(at('b', names[1]!)))).toBeLessThanOrEqual(1);
  const long = await make('c', 'slag '.repeat(40), '--count', '1');
  expect(long.code, long.err).toBe(0);
  expect(long.err).toMatch(/“slag slag .*…” is longer than the 16 tokens that are read: the rest is cut off/);
});

it('judges what it makes of the captions of test pictures', { timeout: 120_000 }, async () => {
  const { code, out, err } = await yosegi('eval', run(), '--made', '6', '--steps', '2', '--guidance', '1');
  expect(code, err).toBe(0);
  expect(out).toMatch(/captions told apart +\d.* of 7 pictures it is least wrong with their own caption, of \d/);
  expect(out).toMatch(/6 made pictures \(dpm, 2 steps, guidance 1, 2 evaluations each\)/);
  const { made } = JSON.parse(await readFile(join(run(), 'eval.json'), 'utf8'));
  expect(made.nearest[0].label).toMatch(/on steel/);
  const report = await yosegi('report', run(), '--lang', 'both');
  expect(report.code, report.err).toBe(0);
  for (const page of ['report.html', 'report.ja.html'])
    expect(await readFile(join(run(), page), 'utf8')).not.toMatch(/>(undefined|NaN|null)<| 0 classes|0種類/);
});

it('ships the network, its encoder and its tokenizer, which make the same pictures anywhere', {
  timeout: 200_000,
}, async () => {
  const bundle = join(run(), 'bundle');
  const exported = await yosegi('export', run());
  expect(exported.code, exported.err).toBe(0);
  expect(exported.out).toMatch(/text-encoder.onnx[\s\S]*tokenizer.json|tokenizer.json[\s\S]*text-encoder.onnx/);
  const { code, out, err } = await yosegi('verify', bundle);
  expect(code, out + err).toBe(0);
  expect(out).toMatch(/onnxruntime-node.*4 golden inputs, 4 of them from the picture on/);
  expect(out).toMatch(/onnxruntime-web.*4 golden inputs/);
  const text = 'slag inclusion on steel';
  for (const [of, to] of [
    [run(), 'of-run'],
    [bundle, 'of-bundle'],
  ] as const) {
    const made = await yosegi('generate', of, text, '--count', '1', '--seed', '3', '--out', at(to));
    expect(made.code, made.err).toBe(0);
  }
  const name = 'slag-inclusion-on-steel-0003.png';
  const own = await pixels(at('of-run', name));
  expect(off(own, await pixels(at('of-bundle', name)))).toBeLessThanOrEqual(1);
  // The way in for a page, which has no file system.
  const runtime = await wasmRuntime({ threads: 1 });
  const read = (path: string) => readFile(join(bundle, path));
  const maker = await openBundledMaker(read, { task: generate, runtime });
  const again = await maker.make([{ text, seed: 3 }], { making: maker.making });
  await expect(maker.make([{ label: 0, seed: 3 }])).rejects.toThrow(/told captions and knows no classes/);
  await maker.close();
  expect(maker.examples.length).toBeGreaterThan(1);
  expect(off(own, again.pictures[0]!.data)).toBeLessThanOrEqual(3);
  const bench = await yosegi('bench', bundle, '--runs', '2');
  expect(bench.code, bench.err).toBe(0);
  await copyFile(join(bundle, 'text-encoder.onnx'), join(bundle, 'model.onnx'));
  const broken = await yosegi('verify', bundle);
  expect(broken.code).toBe(1);
});

it('goes on to the same weights after a stop', { timeout: 120_000 }, async () => {
  const train = (out: string) => [
    ...['train', data(), '--out', out, ...tiny, '--text-width', '32', '--epochs', '3', '--checkpoint-seconds', '0'],
  ];
  const { start } = await import('./testing/start.ts');
  await yosegi(...train(at('whole')));
  const child = start(train(at('parts')));
  while (!/epoch {3}1/.test(child.err())) await new Promise((r) => setTimeout(r, 20));
  child.kill('SIGINT');
  await child.ended;
  const { code, err } = await yosegi('train', '--resume', '--out', at('parts'));
  expect(code, err).toBe(0);
  const tail = async (out: string) => (await readFile(at(out, 'last', 'checkpoint.safetensors'))).subarray(-100_000);
  expect(Buffer.compare(await tail('whole'), await tail('parts'))).toBe(0);
});

it.each(['bert', 'clip'] as const)(
  'is told captions by a %s that stays as it is',
  { timeout: 200_000 },
  async (kind) => {
    const [encoder, out] = [at(kind), at(`by-${kind}`)];
    await writeTextEncoder(encoder, kind);
    const by = ['--text-encoder', encoder, '--text-query'];
    const done = await yosegi('train', data(), '--out', out, ...tiny, ...by);
    expect(done.code, done.err).toBe(0);
    expect(done.err).toMatch(/of 24 captions are longer than the 12 tokens that are read/);
    expect(await readdir(join(out, 'text'))).toEqual(['encoder.onnx', 'features.safetensors', 'tokenizer.json']);
    // What it began with is kept in the run.
    await rm(encoder, { recursive: true });
    const judged = await yosegi('eval', out, '--made', '0');
    expect(judged.code, judged.err).toBe(0);
    const exported = await yosegi('export', out);
    expect(exported.code, exported.err).toBe(0);
    const verified = await yosegi('verify', join(out, 'bundle'));
    expect(verified.code, verified.out + verified.err).toBe(0);
    const made = await yosegi(
      'generate',
      join(out, 'bundle'),
      'red',
      '--count',
      '1',
      '--steps',
      '2',
      '--out',
      at(`of-${kind}`),
    );
    expect(made.code, made.err).toBe(0);
  },
);

it('says what makes no sense', { timeout: 120_000 }, async () => {
  const failed = async (...args: string[]) => {
    const { code, err } = await yosegi(...args);
    expect(code).toBe(1);
    return err;
  };
  expect(await failed('generate', run(), '--out', at('no'))).toMatch(
    /told captions: yosegi generate RUN "a red heart"/,
  );
  expect(await failed('generate', run(), '--class', 'red-iron', '--out', at('no2'))).toMatch(/knows no classes/);
  const classes = at('classes');
  await mkdir(classes);
  for (const name of ['a', 'b']) {
    await mkdir(join(classes, name));
    for (let i = 0; i < 4; i++)
      await sharp({
        create: { width: 32, height: 32, channels: 3, background: { r: 60 * i, g: name === 'a' ? 9 : 200, b: 0 } },
      })
        .png()
        .toFile(join(classes, name, `${i}.png`));
  }
  const train = (...more: string[]) =>
    failed('train', classes, '--task', 'generate', ...tiny, '--out', at('no3'), ...more);
  expect(await train('--text-width', '64')).toMatch(/--text-width is about captions, and .* has none: leave it out/);
  const no = (...more: string[]) => failed('train', data(), ...tiny, '--out', at('no4'), ...more);
  expect(await no('--text-encoder', classes)).toMatch(/there is no config.json in .*: a text encoder is a folder with/);
  await writeTextEncoder(at('small-bert'), 'bert');
  expect(await no('--text-encoder', at('small-bert'), '--text-depth', '1')).toMatch(
    /--text-depth is about an encoder that is trained along, and .* stays as it is/,
  );
  expect(await no('--layout', 'C|C|C')).toMatch(/captions are read by T blocks, and ascan-unet-nano has none/);
});
