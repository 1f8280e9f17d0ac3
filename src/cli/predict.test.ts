import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationSchema } from '../tasks/classify/evaluation.ts';
import { classes, quick, workplace } from './testing/photographs.ts';
import type { Printed } from './testing/printed.ts';
import { type Ended, start } from './testing/start.ts';
import { all, yosegi } from './testing/yosegi.ts';

let place: Awaited<ReturnType<typeof workplace>>;
let run = '';
let mixed = '';

beforeAll(async () => {
  place = await workplace();
  run = join(place.root, 'run');
  const trained = await yosegi('train', place.images, '--out', run, ...quick, '--epochs', '3');
  expect(trained.err).toContain('finished');
  // What a camera's folder looks like: pictures, a torn one, an empty one, and things that are no pictures.
  mixed = join(place.root, 'mixed');
  await mkdir(join(mixed, 'night'), { recursive: true });
  await cp(join(place.images, 'red-iron', '2001.jpg'), join(mixed, 'a.jpg'));
  await cp(join(place.images, 'slag-inclusion', '1001.jpg'), join(mixed, 'night', 'b.jpg'));
  await cp(join(place.images, 'red-iron', '2002.jpg'), join(mixed, 'torn.jpg'));
  await truncate(join(mixed, 'torn.jpg'), 700);
  await writeFile(join(mixed, 'empty.png'), '');
  await writeFile(join(mixed, 'readme.txt'), 'not a picture');
});
afterAll(() => place.remove());

const lines = ({ out }: Ended): Printed[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function expectClose(a: readonly Printed[], b: readonly Printed[]): void {
  expect(a.map((p) => p.file)).toEqual(b.map((p) => p.file));
  for (const [i, p] of a.entries()) {
    const q = b[i]!;
    if (!('ranked' in p && 'ranked' in q)) throw new Error(`no answer for ${p.file}`);
    expect(p.ranked.map((r) => r.label)).toEqual(q.ranked.map((r) => r.label));
    for (const [k, r] of p.ranked.entries()) {
      expect(Math.abs(r.confidence - q.ranked[k]!.confidence)).toBeLessThan(1e-4);
    }
  }
}

describe('yosegi eval', () => {
  it('prints the accuracy and writes eval.json; --json prints the same', async () => {
    const [text, json] = [await yosegi('eval', run), await yosegi('eval', run, '--json')];
    expect([text.code, json.code]).toEqual([0, 0]);
    const evaluation = evaluationSchema.parse(JSON.parse(json.out));
    expect(evaluation).toEqual(evaluationSchema.parse(JSON.parse(await readFile(join(run, 'eval.json'), 'utf8'))));
    expect(evaluation).toMatchObject({ split: 'test', images: 6 });
    expect(evaluation.classes.map((c) => c.name)).toEqual(classes);
    const right = evaluation.confusion.reduce((n, row, i) => n + row[i]!, 0);
    expect(evaluation.accuracy).toBeCloseTo(right / 6, 12);
    expect(text.out).toMatch(new RegExp(`^6 images of the test split\naccuracy +\\d+\\.\\d % +${right} of 6;`));
  });

  it('says where it looked for the images and the run', async () => {
    const moved = join(place.root, 'moved');
    await cp(run, moved, { recursive: true });
    const record = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
    await writeFile(join(moved, 'run.json'), JSON.stringify({ ...record, data: join(place.root, 'gone') }));
    const [gone, given, none, split] = await all([
      ['eval', moved],
      ['eval', moved, '--data', place.images, '--split', 'val', '--json'],
      ['eval', place.images],
      ['eval', run, '--split', 'tset'],
    ]);
    expect(gone).toMatchObject({ code: 1, out: '' });
    expect(gone!.err).toMatch(/no longer at .*gone: say where they are with --data DIR\n/);
    expect(evaluationSchema.parse(JSON.parse(given!.out))).toMatchObject({ split: 'val', images: 3 });
    expect(none!.err).toMatch(/is not a run folder: it has no run\.json/);
    expect(split!.err).toMatch(/'tset' is invalid\. Did you mean test\?/);
    expect([none!.code, split!.code]).toEqual([1, 1]);
  });
});

describe('yosegi predict', () => {
  it('answers for a folder with broken files in it, as a table and as JSON lines', async () => {
    const [table, json] = await all([
      ['predict', run, mixed],
      ['predict', run, mixed, '--json', '--top', '1'],
    ]);
    expect([table!.code, json!.code]).toEqual([0, 0]);
    expect(table!.err).toBe('2 of 4 files have no answer\n');
    expect(table!.out).toMatch(/^file +class +sure +others\n/);
    expect(table!.out).toMatch(/\/a\.jpg +[a-z-]+ +\d+\.\d % +[a-z-]+ \d+\.\d %, [a-z-]+ \d+\.\d %\n/);
    expect(table!.out).toMatch(/\/empty\.png +– +– +\S/);
    expect(table!.out).not.toContain('readme.txt');

    const answers = lines(json!);
    expect(answers.map((p) => p.file.slice(mixed.length + 1))).toEqual([
      'a.jpg',
      'empty.png',
      'torn.jpg',
      'night/b.jpg',
    ]);
    expect(answers.map((p) => ('ranked' in p ? p.ranked.length : p.error.length > 0))).toEqual([1, true, true, 1]);
  });

  it('takes files, and patterns that the shell did not resolve; says when nothing can be read', async () => {
    const file = join(mixed, 'a.jpg');
    const [one, absolute, bad, nothing] = await all([
      ['predict', run, file, '--json'],
      ['predict', run, join(place.images, '*', '200[1-3].jpg'), '--json'],
      ['predict', run, join(mixed, 'torn.jpg')],
      ['predict', run, file, join(mixed, '*.tiff')],
    ]);
    expect(one!.code).toBe(0);
    const [{ ranked }] = lines(one!) as [Printed & { ranked: { label: string; confidence: number }[] }];
    expect(ranked.map((r) => r.label).sort()).toEqual([...classes]);
    expect(ranked.reduce((sum, r) => sum + r.confidence, 0)).toBeCloseTo(1, 6);
    expect(ranked.map((r) => r.confidence)).toEqual(ranked.map((r) => r.confidence).sort((a, b) => b - a));
    const files = ['2001', '2002', '2003'].map((n) => join(place.images, 'red-iron', `${n}.jpg`));
    expect(lines(absolute!).map((p) => p.file)).toEqual(files);
    expect(bad).toMatchObject({ code: 1, err: '1 of 1 files have no answer\n' });
    expect(nothing).toMatchObject({ code: 1, out: '' });
    expect(nothing!.err).toMatch(/no images at '.*\*\.tiff': give a file, a folder with images, or a pattern/);

    const relative = await start(['predict', run, '*/20*.jpg', '--json'], { cwd: place.images }).ended;
    expect(lines(relative)).toHaveLength(12);
    expect(lines(relative)[0]!.file).toBe('red-iron/2001.jpg');
  });

  it('gives the same answers on WebAssembly and from the exported bundle, which verify guards', async () => {
    const exported = await yosegi('export', run);
    expect(exported.code).toBe(0);
    const bundle = join(run, 'bundle');
    const [native, shipped] = await all([
      ['predict', run, place.images, '--json'],
      ['predict', bundle, place.images, '--json', '--batch', '5'],
    ]);
    const wasm = await start(['predict', run, place.images, '--json'], { env: { YOSEGI_DEVICE: 'wasm' } }).ended;
    expect(lines(native!)).toHaveLength(36);
    expectClose(lines(shipped!), lines(native!));
    expectClose(lines(wasm), lines(native!));

    expect(await yosegi('verify', bundle)).toMatchObject({ code: 0, err: '' });
    const model = await readFile(join(bundle, 'model.onnx'));
    model[model.length >> 1]! ^= 1;
    await writeFile(join(bundle, 'model.onnx'), model);
    const [flipped, refused] = await all([
      ['verify', bundle],
      ['predict', bundle, mixed],
    ]);
    expect(flipped!.code).toBe(1);
    expect(flipped!.out).toMatch(/✗ model\.onnx was changed/);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused!.err).toContain('model.onnx');
    await rm(bundle, { recursive: true });
  });

  it('says what it cannot open', async () => {
    const [none, top] = await all([
      ['predict', mixed, mixed],
      ['predict', run, mixed, '--top', '0'],
    ]);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none!.err).toMatch(/is not a run folder/);
    expect(top!.err).toMatch(/'0' is invalid\. It must be a whole number from 1 to 1000/);
    const device = await start(['predict', run, mixed], { env: { YOSEGI_DEVICE: 'wams' } }).ended;
    expect(device).toMatchObject({ code: 1, out: '' });
    expect(device.err).toMatch(/YOSEGI_DEVICE.*did you mean 'wasm'/);
  });
});
