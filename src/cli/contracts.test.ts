import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { all, yosegi } from './testing/yosegi.ts';

/** A detector and a segmenter of other tools go the whole way as they are: taken in, looked at, used, timed, judged, shipped, checked. */
const file = (name: string) => fileURLToPath(new URL(`../imported/contracts/fixtures/${name}.onnx`, import.meta.url));
let root: string;
const at = (...names: string[]) => join(root, ...names);
const [WIDTH, HEIGHT] = [80, 60];

/** Noise with a box and a mask each. */
async function makeScenes(): Promise<void> {
  for (const folder of [
    'boxes/images',
    'boxes/labels',
    'masks/images',
    'masks/masks',
    'others/images',
    'others/labels',
  ])
    await mkdir(at(folder), { recursive: true });
  for (let n = 0; n < 3; n++) {
    const rng = random(3, 'scene', n);
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => rng.below(256));
    const bytes = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toBuffer();
    const mask = new Uint8Array(WIDTH * HEIGHT).fill(1, WIDTH * 20, WIDTH * 40);
    const grey = sharp(mask, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace('b-w');
    await grey.png().toFile(at('masks/masks', `s${n}.png`));
    for (const folder of ['boxes', 'masks', 'others']) await writeFile(at(folder, 'images', `s${n}.png`), bytes);
    for (const folder of ['boxes', 'others'])
      await writeFile(at(folder, 'labels', `s${n}.txt`), `${n % 2} 0.5 0.5 0.4 0.4\n`);
  }
  await writeFile(at('boxes', 'data.yaml'), 'names: [cell, bar]\ntrain: images\nval: images\n');
  await writeFile(at('others', 'data.yaml'), 'names: [horse, bar]\ntrain: images\nval: images\n');
  await writeFile(at('names.txt'), 'cell\nbar\ncab\n');
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-contracts-'));
  await makeScenes();
});
afterAll(() => rm(root, { recursive: true, force: true }));

const ways = [
  {
    name: 'yolov8',
    data: 'boxes',
    labels: ['--labels', 'names.txt'],
    taken: /answers +detect by the contract yolov8: boxes \[N, 126, 4\], confidence \[N, 126, 3\], 3 classes/,
    info: /detect by the contract yolov8/,
    judged: /AP50/,
    answer: 'objects',
    answering: ['--threshold', '0.05'],
    output: /Output `scores`/,
  },
  {
    // Made for one picture; the two of a batch run one after the other.
    name: 'yolov7-nms',
    data: 'boxes',
    labels: ['--labels', 'names.txt'],
    taken: /answers +detect by the contract yolov7-nms: detections \[1, 300, 6\], 3 classes/,
    info: /detect by the contract yolov7-nms/,
    judged: /AP50/,
    answer: 'objects',
    answering: ['--threshold', '0.05'],
    output: /one picture at a time[\s\S]*Output `detections`/,
  },
  {
    name: 'class-map',
    data: 'masks',
    labels: [],
    taken: /answers +segment by the contract class-map: logits \[N, 4, 64, 96\], 4 classes/,
    info: /segment by the contract class-map/,
    judged: /IoU/,
    answer: 'parts',
    answering: [],
    output: /Output `logits`/,
  },
] as const;

describe.each(ways)('$name', ({ name, data, labels, taken, info, judged, answer, answering, output }) => {
  it('goes the whole way as it is', { timeout: 300_000 }, async () => {
    const mine = at(name);
    const named = labels.map((v) => (v.startsWith('--') ? v : at(v)));
    const imported = await yosegi('import', file(name), '--out', mine, ...named);
    expect(imported.code, imported.err).toBe(0);
    expect(imported.out).toMatch(taken);
    expect(imported.out).toMatch(/checked +(the very outputs|outputs to \d.*) of the file/);
    const pictures = at(data, 'images');
    const ended = await all([
      ['info', mine],
      ['predict', mine, pictures, '--json', '--draw', at(`${name}-drawn`), ...answering],
      ['bench', mine, '--seconds', '0.05', '--runs', '2', '--threads', '1', '--batches', '1,2'],
      ['eval', mine, '--data', at(data)],
      ['export', mine],
    ]);
    for (const { code, err } of ended) expect(code, err).toBe(0);
    const [told, predicted, , evaluated, exported] = ended.map(({ out }) => out);
    expect(told).toMatch(info);
    const lines = predicted!
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ size }) => size)).toEqual(Array.from({ length: 3 }, () => [HEIGHT, WIDTH]));
    for (const line of lines) expect(line[answer].length).toBeGreaterThan(0);
    expect(await readdir(at(`${name}-drawn`))).toHaveLength(3);
    expect(evaluated).toMatch(judged);
    expect(exported).toMatch(/shipped and trained model differ by at most/);
    const bundle = join(mine, 'bundle');
    const [verified, shipped] = await all([
      ['verify', bundle],
      ['predict', bundle, pictures, '--json', ...answering],
    ]);
    expect(verified!.out, verified!.err).toMatch(/The bundle is good/);
    const again = shipped!.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)[answer].length);
    expect(again).toEqual(lines.map((line) => line[answer].length));
    expect(await readFile(join(bundle, 'README.md'), 'utf8')).toMatch(output);
  });
});

describe('what does not fit', () => {
  it('is said: contracts, classes of the data, boxes chosen twice', { timeout: 200_000 }, async () => {
    const rows = at('rows');
    const [unsure, wrong, unknown, other, taken] = await all([
      ['import', file('ssd'), '--out', at('no')],
      ['import', file('mask'), '--out', at('no'), '--output', 'detr'],
      ['import', file('mask'), '--out', at('no'), '--output', 'yolo'],
      ['import', file('tf-detection'), '--out', at('tf'), '--labels', at('names.txt')],
      ['import', file('yolo-nms'), '--out', rows],
    ]);
    expect(unsure).toMatchObject({ code: 1, err: expect.stringMatching(/Say which it is:\n {2}--output/) });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/do not have the form of detr/) });
    expect(unknown).toMatchObject({ code: 1, err: expect.stringMatching(/Did you mean yolo/) });
    expect(other!.code, other!.err).toBe(0);
    expect(taken!.out, taken!.err).toMatch(/detections \[N, 8, 6\]/);
    const one = at('one');
    expect((await yosegi('import', file('torchvision'), '--out', one)).code).toBe(0);
    const [strange, twice, trained] = await all([
      ['eval', rows, '--data', at('others')],
      ['export', rows, '--nms'],
      ['train', at('boxes'), '--model', one, '--out', at('run')],
    ]);
    expect(trained).toMatchObject({
      code: 1,
      err: expect.stringMatching(/takes one picture at a time, so no new head can be trained on it: .*--cut VALUE/),
    });
    expect(strange).toMatchObject({
      code: 1,
      err: expect.stringMatching(/a class that the model does not know: horse/),
    });
    expect(twice).toMatchObject({ code: 1, err: expect.stringMatching(/chooses its boxes itself/) });
  });
});
