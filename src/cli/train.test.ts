import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRun } from '../run/node/run-folder.ts';
import { trainOptions } from '../train/options.ts';
import { classes, quick, workplace } from './testing/photographs.ts';
import { all, yosegi } from './testing/yosegi.ts';

let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);

beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

describe('yosegi train', () => {
  it('makes a run of what can be read, and lists the broken files', async () => {
    await truncate(join(place.images, 'red-iron', '2003.jpg'), 700);
    await writeFile(join(place.images, 'red-iron', 'empty.jpg'), '');
    await writeFile(join(place.images, 'slag-inclusion', 'notes.jpg'), 'call the foreman on Monday');
    const broken = ['red-iron/2003.jpg', 'red-iron/empty.jpg', 'slag-inclusion/notes.jpg'];

    const command = ['train', place.images, '--out', at('run'), ...quick, '--epochs', '2'];
    const refused = await yosegi(...command);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/3 of 38 pictures cannot be used, more than the 5.0 % .*--max-broken/s);
    for (const file of broken) expect(refused.err).toContain(file);
    expect(await readdir(at('run'))).toEqual([]);

    const { code, out, err } = await yosegi(...command, '--max-broken', '10%');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/ascan-micro: .* parameters.*\n3 classes; \d+ images to train on.*\n3 files could not be used/);
    expect(err).toMatch(
      /epoch {3}1 {2}loss \d\.\d+ {2}train .* val .* img\/s.*\nepoch {3}2 .*\nfinished\nkept as best: epoch/,
    );
    expect((await readdir(at('run'))).sort()).toEqual([
      'best',
      'data.json',
      'last',
      'log.jsonl',
      'run.json',
      'split.jsonl',
    ]);
    expect(await readdir(join(at('run'), 'last'))).toEqual(['checkpoint.safetensors']);

    const { run, epochs } = await loadRun(at('run'));
    expect(run.problems.map((p) => p.file).sort()).toEqual(broken);
    for (const { reason } of run.problems) expect(reason).not.toBe('');
    expect(run.classes).toEqual(classes);
    expect(run.images.train + run.images.val + run.images.test).toBe(35);
    expect(run.options).toMatchObject({ train: { epochs: 2, batch: 8 }, maxBroken: 0.1 });
    expect(run.overrides).toEqual({ layout: 'C|C|CT|T' });
    expect(epochs.map((e) => e.epoch)).toEqual([0, 1]);
    expect(JSON.parse(await readFile(join(at('run'), 'data.json'), 'utf8')).problems).toHaveLength(3);
  });

  it('never writes over a run by accident', async () => {
    const before = await readFile(join(at('run'), 'run.json'), 'utf8');
    const [again, typo] = await all([
      ['train', place.images, '--out', at('run')],
      // The run is only given up when there is something to put in its place.
      ['train', at('imags'), '--out', at('run'), '--force'],
    ]);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again!.err).toMatch(/already holds a run: .*--resume.*--force.*another --out/);
    expect(typo).toMatchObject({ code: 1, err: `\nyosegi: there is no folder ${at('imags')}\n` });
    expect(await readFile(join(at('run'), 'run.json'), 'utf8')).toBe(before);
    expect(await readdir(join(at('run'), 'best'))).toEqual(['model.safetensors']);

    await writeFile(join(at('run'), 'eval.json'), '{}');
    await mkdir(join(at('run'), 'notes'));
    const [forced] = await all([
      ['train', place.images, '--out', at('run'), '--force', ...quick, '--epochs', '1', '--max-broken', '0.1'],
    ]);
    expect(forced!.code).toBe(0);
    expect((await readdir(at('run'))).sort()).toEqual([
      'best',
      'data.json',
      'last',
      'log.jsonl',
      'notes',
      'run.json',
      'split.jsonl',
    ]);
    expect((await loadRun(at('run'))).epochs).toHaveLength(1);
  });

  it('shows every default in its help', async () => {
    const { code, out } = await yosegi('train', '--help');
    expect(code).toBe(0);
    const shown = new Map(
      out
        .replace(/\s+/g, ' ')
        .split(' --')
        .map((text) => [text.split(' ')[0], text]),
    );
    for (const [key, value] of Object.entries(trainOptions())) {
      const name = key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
      const number = typeof value === 'number' ? `(${value}|${value.toFixed(5)})` : `"?${value}"?`;
      const list = Array.isArray(value);
      expect(shown.get(name), name).toMatch(list ? /default: \[\]\)/ : new RegExp(`default: ${number}\\)`));
    }
    for (const name of ['model', 'size', 'layout', 'act', 'lr', 'threads', 'augment', 'val-fraction', 'max-broken']) {
      expect(shown.get(name), name).toMatch(/default: /);
    }
  });

  it('answers what it does not know with the nearest, and refuses impossible values, before any work', async () => {
    const out = at('never');
    const wrong: [string[], RegExp][] = [
      [['--model', 'ascan-mikro'], /unknown model 'ascan-mikro'; did you mean 'ascan-micro'\?/],
      [['--epoch', '3'], /unknown option '--epoch'\n\(Did you mean --epochs\?\)/],
      [['--optimizer', 'adam'], /--optimizer.*'adam' is invalid\. Did you mean adamw\?/],
      [['--act', 'rello'], /--act.*Did you mean relu\?/],
      [['--layout', 'CC|C'], /a layout has four stages/],
      [['--epochs', '0'], /--epochs.*'0' is invalid\. It must be a whole number from 1/],
      [['--val-fraction', '%'], /--val-fraction.*It must be a share from 0 to below 1/],
      [['--size', '16'], /--size.*It must be pixels from 32 to 4096/],
    ];
    // A folder that is not there would be the first thing that reading it tells.
    const answers = await all(wrong.map(([args]) => ['train', at('no-images'), '--out', out, ...args]));
    for (const [i, { code, err }] of answers.entries()) {
      expect(err).toMatch(wrong[i]![1]);
      expect(err).not.toMatch(/no folder|\n {4}at /);
      expect(code).toBe(1);
    }
    expect(await readdir(place.root)).not.toContain('never');
  });

  it('says what is missing, and keeps runs out of the images', async () => {
    const inside = join(place.images, 'runs', 'a');
    const [noOut, noImages, within, file] = await all([
      ['train', place.images],
      ['train', '--out', at('never')],
      ['train', place.images, '--out', inside],
      ['train', place.images, '--out', join(place.images, '..', 'run', 'run.json', 'x')],
    ]);
    expect(noOut!.err).toMatch(/required option '--out <run>' not specified/);
    expect(noImages!.err).toMatch(/which folder of images\? yosegi train DIR --out RUN/);
    expect(within!.err).toMatch(/lies in the folder of images/);
    expect(file!.err).toMatch(/^\nyosegi: ENOTDIR: not a directory.*\n$/);
    for (const ended of [noOut, noImages, within, file]) expect(ended!.code).toBe(1);
  });
});
