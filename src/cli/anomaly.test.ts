import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** Anomalies, from a folder of good pictures to a bundle, in every layout that there is, on a model of our own and on one of another tool. */
let root: string;
const at = (...names: string[]) => join(root, ...names);
const [WIDTH, HEIGHT] = [80, 64];

/** Noisy stripes; an anomalous picture has a bright disc or a dark bar. */
function stripes(n: number, kind?: 'disc' | 'bar') {
  const rng = random(23, 'stripes', n);
  const [cx, cy] = [16 + rng.below(WIDTH - 32), 16 + rng.below(HEIGHT - 32)];
  const phase = rng.uniform() * 6;
  const mask = new Uint8Array(WIDTH * HEIGHT);
  const pixels = new Uint8Array(3 * WIDTH * HEIGHT);
  for (let i = 0; i < mask.length; i++) {
    const [dx, dy] = [(i % WIDTH) - cx, Math.floor(i / WIDTH) - cy];
    const inside =
      kind === 'disc' ? dx * dx + dy * dy <= 80 : kind === 'bar' && Math.abs(dx) <= 4 && Math.abs(dy) <= 12;
    if (inside) mask[i] = 255;
    const value = inside ? (kind === 'disc' ? 240 : 10) : 120 + 20 * Math.sin((i % WIDTH) / 3 + phase);
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = value + rng.below(8);
  }
  return { pixels, mask };
}

async function save(path: string, data: Uint8Array, channels: 1 | 3): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toFile(path);
}

/** The same pictures as MVTec AD has them, as class folders, and with a mask each. */
async function makePictures(): Promise<void> {
  const name = (n: number) => `${String(n).padStart(3, '0')}.png`;
  const put = async (n: number, split: 'train' | 'test', kind?: 'disc' | 'bar') => {
    const { pixels, mask } = stripes(n, kind);
    await save(at('mvtec', split, kind ?? 'good', name(n)), pixels, 3);
    await save(at('classes', kind ?? 'fine', name(n)), pixels, 3);
    await save(at('marked', split, 'images', name(n)), pixels, 3);
    await save(at('marked', split, 'masks', name(n)), mask, 1);
    if (kind) await save(at('mvtec/ground_truth', kind, `${String(n).padStart(3, '0')}_mask.png`), mask, 1);
  };
  for (let n = 0; n < 14; n++) await put(n, 'train');
  for (let n = 20; n < 25; n++) await put(n, 'test');
  for (let n = 30; n < 34; n++) await put(n, 'test', 'disc');
  for (let n = 40; n < 43; n++) await put(n, 'test', 'bar');
  const { pixels, mask } = stripes(50, 'disc');
  await save(at('marked/train/images', name(50)), pixels, 3);
  await save(at('marked/train/masks', name(50)), mask, 1);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-anomaly-'));
  await makePictures();
});
afterAll(() => rm(root, { recursive: true, force: true }));

const jsonIn = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const small = ['--model', 'mobilenetv2_035', '--size', '64'];

describe.each(['memory', 'gaussian'])('by %s', (method) => {
  it('goes the whole way, from train to report', { timeout: 300_000 }, async () => {
    const run = at(`run-${method}`);
    // The task is found from the data.
    await told('train', at('mvtec'), '--out', run, ...small, '--anomaly-method', method, '--false-alarms', '0.1');
    const { task, classes, images, options } = await jsonIn(join(run, 'run.json'));
    expect([task, classes]).toEqual(['anomaly', ['good', 'anomalous']]);
    // One good picture in ten is kept to set the threshold by.
    expect(images).toEqual({ train: 13, val: 1, test: 12 });
    expect(options.task.promised).toEqual({ falseAlarms: 0.1, pictures: 14 });

    expect(await told('eval', run)).toMatch(/AUROC .*pairs of an anomalous/);
    const judged = JSON.parse(await told('eval', run, '--json'));
    expect(judged).toMatchObject({ images: 12, good: 5, anomalous: 7 });
    // Of a backbone that nobody has trained.
    expect(judged.auroc).toBeGreaterThan(0.85);
    expect(judged.missed).toBeLessThan(5);
    expect(judged.pixels.regions).toBe(7);
    expect(judged.pixels.auroc).toBeGreaterThan(0.8);
    expect(judged.kinds.map((k: { name: string }) => k.name)).toEqual(['bar', 'disc']);

    const drawn = at(`drawn-${method}`);
    const lines = linesOf(await told('predict', run, at('mvtec/test'), '--json', '--draw', drawn));
    expect(lines).toHaveLength(12);
    for (const { size, score, anomalous, at: most } of lines) {
      expect(size).toEqual([HEIGHT, WIDTH]);
      expect(anomalous).toBe(score > 1);
      expect([most[0] < WIDTH, most[1] < HEIGHT]).toEqual([true, true]);
    }
    const pictures = await readdir(drawn);
    expect(pictures).toHaveLength(12);
    const found: string = judged.examples.found[0].file;
    const hot = join(drawn, basename(found));
    expect(await sharp(hot).metadata()).toMatchObject({ width: WIDTH, height: HEIGHT });
    const [before, after] = [at('mvtec', found), hot].map((file) => sharp(file).raw().toBuffer());
    expect((await after!).equals(await before!)).toBe(false);
    expect(await told('predict', run, at('mvtec', found))).toMatch(/\.png +\d+\.\d\d +anomalous +x \d+, y \d+/);

    // What follows does not hang on the method.
    if (method !== 'memory') return;
    await told('bench', run, '--seconds', '0.2', '--threads', '1');
    await told('export', run);
    expect(await told('verify', join(run, 'bundle'))).toMatch(/The bundle is good/);
    expect(await readFile(join(run, 'bundle/README.md'), 'utf8')).toMatch(/Output `anomalous`: \[N\]/);
    const shipped = linesOf(await told('predict', join(run, 'bundle'), at('mvtec/test'), '--json'));
    expect(shipped.map((line) => line.anomalous)).toEqual(lines.map((line) => line.anomalous));

    for (const lang of ['en', 'ja']) {
      const page = at(`${method}-${lang}.html`);
      await told('report', run, '--lang', lang, '--out', page);
      const html = await readFile(page, 'utf8');
      expect(html).not.toMatch(/>(undefined|NaN|null)</);
      for (const id of ['separation', 'threshold', 'kinds', 'examples']) expect(html).toContain(`<section id="${id}"`);
      expect(html).toMatch(/<path class="heat h1"/);
      expect(html).not.toContain('<section id="curves"');
    }
    // What is done is left as it is.
    const again = await yosegi('train', '--resume', '--out', run);
    expect([again.code, again.err]).toEqual([0, expect.stringMatching(/nothing left to do/)]);
    // A fit that was stopped begins again, to the same weights.
    const weights = join(run, 'best/model.safetensors');
    const first = await readFile(weights);
    await rm(weights);
    await told('train', '--resume', '--out', run);
    expect((await readFile(weights)).equals(first)).toBe(true);
  });
});

describe('layouts', () => {
  it('class folders of which one is good', { timeout: 120_000 }, async () => {
    const run = at('run-classes');
    await told('train', at('classes'), '--task', 'anomaly', '--good', 'fine', '--out', run, ...small);
    const { images, options } = await jsonIn(join(run, 'run.json'));
    expect(options.task.good).toBe('fine');
    // All 7 anomalous pictures are judged, none is learnt from.
    expect(images.train + images.val + images.test).toBe(26);
    const { anomalous, kinds } = JSON.parse(await told('eval', run, '--json'));
    expect([anomalous, kinds.length, images.train <= 19]).toEqual([expect.any(Number), 2, true]);
    // Good pictures alone may be judged as well.
    await mkdir(at('later'));
    await symlink(at('mvtec/test/good'), at('later/fine'));
    const later = JSON.parse(await told('eval', run, '--data', at('later'), '--json'));
    expect(later).toMatchObject({ good: 5, anomalous: 0, auroc: null });
    expect(await told('data', at('classes'), '--task', 'anomaly', '--good', 'fine')).toMatch(/kinds of anomaly/);
  });

  it('pictures with masks, those without marks being good', { timeout: 120_000 }, async () => {
    const run = at('run-marked');
    await told('train', at('marked'), '--task', 'anomaly', '--out', run, ...small, '--val-fraction', '0');
    const { images } = await jsonIn(join(run, 'run.json'));
    // The anomalous picture of train is kept to validate by.
    expect(images).toEqual({ train: 14, val: 1, test: 12 });
    expect(await told('data', at('marked'), '--task', 'anomaly')).toMatch(
      /none to learn from, so kept for validation: 1/,
    );
    const { pixels, anomalous } = JSON.parse(await told('eval', run, '--json'));
    expect([pixels.regions, anomalous]).toEqual([7, 7]);
  });

  it('that are wrong are answered clearly', { timeout: 120_000 }, async () => {
    const answer = async (...args: string[]) => {
      const { code, err } = await yosegi('train', ...args, '--out', at('none'), ...small);
      expect(code).toBe(1);
      return err;
    };
    const asked = (...args: string[]) => answer(...args, '--task', 'anomaly');
    expect(await asked(at('classes'))).toMatch(/say which class is good: --good <class>.*bar, disc, fine/);
    expect(await asked(at('classes'), '--good', 'fin')).toMatch(/fine/);
    expect(await asked(at('marked'), '--good', 'fine')).toMatch(/unknown class 'fine'. Known: images, masks/);
    await mkdir(at('bad/train'), { recursive: true });
    await symlink(at('mvtec/test/disc'), at('bad/train/disc'));
    expect(await asked(at('bad'))).toMatch(/Expected is/);
    await mkdir(at('all'));
    for (const name of ['bottle', 'cable']) await symlink(at('mvtec'), at('all', name));
    expect(await asked(at('all'))).toMatch(/several data sets \(bottle, cable\): give one of them/);
    await mkdir(at('one/test'), { recursive: true });
    await mkdir(at('one/train/good'), { recursive: true });
    await symlink(at('mvtec/test/disc'), at('one/test/disc'));
    await save(at('one/train/good/a.png'), stripes(1).pixels, 3);
    expect(await asked(at('one'), '--val-fraction', '0')).toMatch(/at least two good pictures to learn from, got 1/);
    await writeFile(at('one/train/good/b.png'), 'no picture');
    expect(await asked(at('one'))).toMatch(/cannot be used/);
  });

  it('options of training steps are refused by name', async () => {
    const stray = [
      '--lr',
      '1e-3',
      '--epochs',
      '3',
      '--ema',
      '0.9',
      '--probe',
      '--freeze',
      'backbone',
      '--augment',
      'light',
      '--vflip',
    ];
    const { code, err } = await yosegi('train', at('mvtec'), '--out', at('none'), ...small, ...stray);
    expect([code, err]).toEqual([1, expect.stringMatching(/without training steps: leave out .*--lr/)]);
    for (const name of ['--epochs', '--ema', '--probe', '--freeze', '--augment', '--vflip'])
      expect(err).toContain(name);
    const other = await yosegi('train', at('classes'), '--good', 'fine', '--out', at('none'), ...small);
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/good/)]);
  });
});

it('learns on the maps of an imported model', { timeout: 120_000 }, async () => {
  const file = fileURLToPath(new URL('../onnx/import/fixtures/mobilenetv2-l11.onnx', import.meta.url));
  const [mine, run] = [at('mine'), at('run-imported')];
  await told('import', file, '--out', mine);
  await told('train', at('mvtec'), '--out', run, '--model', mine);
  expect(JSON.parse(await told('eval', run, '--json')).auroc).toBeGreaterThan(0.8);
  await told('export', run);
  expect(await told('verify', join(run, 'bundle'))).toMatch(/The bundle is good/);
});
