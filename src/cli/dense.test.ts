import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** Where things are, from labels to a bundle: each task the whole way, on a model of our own and on one of another tool. */
let root: string;
const at = (...names: string[]) => join(root, ...names);
const WIDTH = 96;
const HEIGHT = 80;

/** Grey noise with a bright square, a dark bar, both or nothing, and their labels: a YOLO file and a mask. */
async function makeScenes(count: number): Promise<void> {
  for (const folder of ['boxes/images', 'boxes/labels', 'masks/images', 'masks/masks']) {
    await mkdir(at(folder), { recursive: true });
  }
  for (let n = 0; n < count; n++) {
    const rng = random(5, 'scene', n);
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => 100 + rng.below(40));
    const mask = new Uint8Array(WIDTH * HEIGHT);
    const lines: string[] = [];
    for (const label of [0, 1]) {
      if (n % 4 === 3 || (n % 4 !== 0 && n % 4 !== label + 1)) continue;
      const [w, h] = label === 0 ? [24, 24] : [14, 36];
      const [x, y] = [label * 48 + rng.below(48 - w), rng.below(HEIGHT - h)];
      for (let v = y; v < y + h; v++)
        for (let u = x; u < x + w; u++) {
          pixels.fill(label === 0 ? 230 : 20, (v * WIDTH + u) * 3, (v * WIDTH + u) * 3 + 3);
          mask[v * WIDTH + u] = label + 1;
        }
      lines.push([label, (x + w / 2) / WIDTH, (y + h / 2) / HEIGHT, w / WIDTH, h / HEIGHT].join(' '));
    }
    const name = `scene${String(n).padStart(2, '0')}`;
    const picture = sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).png();
    const bytes = await picture.toBuffer();
    await writeFile(at('boxes/images', `${name}.png`), bytes);
    await writeFile(at('masks/images', `${name}.png`), bytes);
    await writeFile(at('boxes/labels', `${name}.txt`), lines.join('\n'));
    const grey = sharp(mask, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace('b-w');
    await grey.png().toFile(at('masks/masks', `${name}.png`));
  }
  await writeFile(at('boxes', 'data.yaml'), 'names: [square, bar]\ntrain: images\nval: images\n');
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-dense-'));
  await makeScenes(24);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Answers as JSON lines, with numbers of four digits behind the point. */
const rounded = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line, (_, v) => (typeof v === 'number' ? Math.round(v * 1e3) / 1e3 : v)).objects);

const tasks = [
  { task: 'detect', data: 'boxes', option: '--detect-head', said: /AP50 /, answer: 'objects', page: /Report on/ },
  { task: 'segment', data: 'masks', option: '--segment-head', said: /IoU /, answer: 'parts', page: /Report on/ },
] as const;

describe.each(tasks)('$task', ({ task, data, said, answer, page }) => {
  it('goes the whole way, from train to report', { timeout: 300_000 }, async () => {
    const run = at(`${task}-run`);
    // The task is found from the data.
    const train = ['train', at(data), '--out', run, '--model', 'mobilenetv2_035', '--size', '64', '--lr', '2e-3'];
    await told(...train, '--epochs', '3', '--batch', '4');
    expect(JSON.parse(await readFile(join(run, 'run.json'), 'utf8')).task).toBe(task);
    expect(await told('eval', run)).toMatch(said);
    expect(JSON.parse(await told('eval', run, '--json')).images).toBeGreaterThan(0);
    const predicted = await told('predict', run, at(data, 'images'), '--json', '--draw', at(`${task}-drawn`));
    const lines = predicted
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(24);
    for (const line of lines) {
      expect(line.size).toEqual([HEIGHT, WIDTH]);
      expect(Array.isArray(line[answer])).toBe(true);
    }
    expect(await readdir(at(`${task}-drawn`))).toHaveLength(24);
    // Nothing is drawn over pictures of the user's.
    const over = await yosegi('predict', run, at(data, 'images'), '--draw', at(data, 'images'));
    expect([over.code, over.err]).toEqual([1, expect.stringMatching(/give --draw a new folder/)]);
    expect(await told('predict', run, at(data, 'images', 'scene00.png'))).toMatch(/scene00/);
    await told('bench', run, '--seconds', '0.2', '--threads', '1');
    await told('export', run);
    expect(await told('verify', join(run, 'bundle'))).toMatch(/The bundle is good/);
    const shipped = await told('predict', join(run, 'bundle'), at(data, 'images'), '--json');
    expect(
      shipped
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)[answer].length),
    ).toEqual(lines.map((line) => line[answer].length));
    if (task === 'detect') {
      // Boxes chosen inside the graph: the answers are the same.
      const chosen = at('chosen');
      await told('export', run, '--nms', '--out', chosen);
      expect(await told('verify', chosen)).toMatch(/The bundle is good/);
      expect(await readFile(join(chosen, 'README.md'), 'utf8')).toMatch(/Output `detections`: \[N, rows, 6\]/);
      const inside = await told('predict', chosen, at(data, 'images'), '--json');
      expect(rounded(inside)).toEqual(rounded(shipped));
    } else {
      expect(await yosegi('export', run, '--nms', '--force')).toMatchObject({
        code: 1,
        err: expect.stringMatching(/--nms is for .* detect/),
      });
    }
    for (const lang of ['en', 'ja']) {
      await told('report', run, '--lang', lang, '--out', at(`${task}-${lang}.html`));
      const html = await readFile(at(`${task}-${lang}.html`), 'utf8');
      expect(html).not.toMatch(/>(undefined|NaN|null)</);
      if (lang === 'en') expect(html).toMatch(page);
    }
    await told('train', '--resume', '--out', run);
  });

  it('trains on tiles, and judges and answers whole pictures', { timeout: 200_000 }, async () => {
    const run = at(`${task}-tiles`);
    const train = ['train', at(data), '--task', task, '--out', run, '--model', 'mobilenetv2_035', '--size', '64'];
    await told(...train, '--tiles', '--epochs', '1', '--batch', '8');
    const { preprocessing, options } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
    expect(preprocessing.tiles).toEqual({ scale: 1, overlap: 0.25 });
    expect(options.recipe.name).toBe('tiles');
    expect(await told('eval', run)).toMatch(said);
    const [line] = (await told('predict', run, at(data, 'images', 'scene00.png'), '--json')).trim().split('\n');
    expect(JSON.parse(line!).size).toEqual([HEIGHT, WIDTH]);
    await told('export', run);
    expect(await told('verify', join(run, 'bundle'))).toMatch(/The bundle is good/);
  });

  it('trains on the maps of an imported model', { timeout: 200_000 }, async () => {
    const file = fileURLToPath(new URL('../onnx/import/fixtures/mobilenetv2-l11.onnx', import.meta.url));
    const mine = at(`${task}-mine`);
    const run = at(`${task}-imported`);
    await told('import', file, '--out', mine);
    const train = ['train', at(data), '--task', task, '--out', run, '--model', mine];
    const { code, err } = await yosegi(...train, '--epochs', '1', '--batch', '8');
    expect(code, err).toBe(0);
    expect(await told('eval', run)).toMatch(said);
    await told('export', run);
    expect(await told('verify', join(run, 'bundle'))).toMatch(/The bundle is good/);
  });
});

it('what a task cannot do is said before anything is read', async () => {
  const { code, err } = await yosegi('train', at('boxes'), '--task', 'classify', '--tiles', '--out', at('no'));
  expect([code, err]).toEqual([1, expect.stringMatching(/looks at a picture as a whole: leave out --tiles|holds/)]);
});
