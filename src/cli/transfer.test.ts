import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../base/tensor.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { readSafetensors } from '../weights/node/files.ts';
import { quick, workplace } from './testing/photographs.ts';
import { all, yosegi } from './testing/yosegi.ts';

/** Starting from trained weights, as a user does it: a first run's weights go into further ones. */
let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);
const trained = () => join(at('first'), 'best', 'model.safetensors');
const train = (out: string, ...options: string[]) => ['train', place.images, '--out', at(out), ...quick, ...options];

beforeAll(async () => {
  place = await workplace();
  expect((await yosegi(...train('first', '--epochs', '2'))).code).toBe(0);
});
afterAll(() => place.remove());

const bits = (t: Tensor | undefined) =>
  Buffer.from(t!.data.buffer, t!.data.byteOffset, t!.data.byteLength).toString('hex');

describe('yosegi train --weights', () => {
  it('freezes what it is told to, and says what it started from', async () => {
    const { code, err } = await yosegi(
      ...train('frozen', '--weights', trained(), '--freeze', 'stages.1', '--epochs', '1'),
    );
    expect(code, err).toBe(0);
    expect(err).toMatch(/weights of .*model\.safetensors: \d+ tensors, their own head/);
    const [before, after] = [(await readSafetensors(trained())).tensors, (await loadRun(at('frozen'))).weights];
    const same = [...after].filter(([name, t]) => bits(t) === bits(before.get(name))).map(([name]) => name);
    expect(same).toContain('stem.conv1.weight');
    expect(same).toContain('stages.1.blocks.0.bn1.running_mean');
    expect(same).not.toContain('head.fc.weight');
    const below = [...after.keys()].filter((name) => /^(stem|stages\.[01])\./.test(name));
    expect(below.filter((name) => !same.includes(name))).toEqual([]);
    expect(same).not.toContain('stages.2.blocks.0.conv_exp.weight');
    expect((await loadRun(at('frozen'))).run.pretrained).toMatchObject({ headReplaced: false, surplus: [] });
  });

  it('probes: the backbone stays, its features are kept, and a resumed run uses them', async () => {
    const command = train('probe', '--weights', trained(), '--probe', '--epochs', '3');
    const { code, err } = await yosegi(...command);
    expect(code, err).toBe(0);
    expect((await readdir(join(at('probe'), 'features'))).sort()).toEqual(['train.safetensors', 'val.safetensors']);
    const [before, after] = [(await readSafetensors(trained())).tensors, (await loadRun(at('probe'))).weights];
    const changed = [...after].filter(([name, t]) => bits(t) !== bits(before.get(name))).map(([name]) => name);
    expect(changed.sort()).toEqual(['head.fc.bias', 'head.fc.weight']);
    const again = await yosegi('train', '--resume', '--out', at('probe'));
    expect(again.code, again.err).toBe(0);
    expect(again.err).toMatch(/going on at step/);
  });

  it('starts from the weights in the box where nothing is named, as they are best fine-tuned; from scratch when told so', async () => {
    const quick = ['--size', '32', '--epochs', '1', '--batch', '8'];
    const box = await yosegi('train', place.images, '--out', at('box'), ...quick);
    expect(box.code, box.err).toBe(0);
    expect(box.err).toMatch(/weights of box:mobilenetv2-imagenet: \d+ tensors/);
    const { run } = await loadRun(at('box'));
    expect(run).toMatchObject({ model: 'tf_mobilenetv2_100', pretrained: { weights: 'box:mobilenetv2-imagenet' } });
    expect(run.options.train).toMatchObject({ freeze: ['blocks.4'], lr: 1e-3, epochs: 1 });
    const scratch = await yosegi('train', place.images, '--out', at('scratch'), '--scratch', ...quick);
    expect(scratch.code, scratch.err).toBe(0);
    const { run: alone } = await loadRun(at('scratch'));
    expect(alone.model).toBe('ascan-nano');
    expect(alone.pretrained).toBeUndefined();
    const both = await yosegi('train', place.images, '--out', at('x0'), '--scratch', '--weights', trained());
    expect(both.code).toBe(1);
    expect(both.err).toMatch(/from scratch means without weights/);
  });

  it('takes a folder with its config.json: model, size and normalisation come from there', async () => {
    const folder = at('hub');
    await mkdir(folder);
    await writeFile(join(folder, 'model.safetensors'), await readFile(trained()));
    const pretrained_cfg = { input_size: [3, 32, 32], mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], crop_pct: 0.9 };
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ architecture: 'ascan-micro', num_classes: 3, pretrained_cfg }),
    );
    const { code, err } = await yosegi(
      'train',
      place.images,
      '--out',
      at('named'),
      '--weights',
      folder,
      '--layout',
      'C|C|CT|T',
      '--epochs',
      '1',
      '--batch',
      '8',
    );
    expect(code, err).toBe(0);
    const { run } = await loadRun(at('named'));
    expect(run.model).toBe('ascan-micro');
    expect(run.preprocessing).toMatchObject({ size: [32, 32], mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
  });

  it('answers weights that do not fit, that are not there, and parts that do not exist', async () => {
    const [other, missing, part, bad] = await all([
      ['train', place.images, '--out', at('x1'), '--weights', trained(), '--model', 'mobilenetv2_035', '--size', '32'],
      ['train', place.images, '--out', at('x2'), '--weights', at('no.safetensors')],
      train('x3', '--freeze', 'stages.9'),
      train('x4', '--layer-decay', '2'),
    ]);
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other!.err).toMatch(/do not fit mobilenetv2_035.*'conv_stem\.weight'.*another architecture/s);
    expect(missing!.err).toMatch(/there is no file or folder .*no\.safetensors/);
    expect(part!.err).toMatch(/nothing in ascan-micro is called 'stages\.9'; did you mean/);
    expect(bad!.err).toMatch(/number above 0 to 1/);
    // Nothing was begun.
    for (const out of ['x2', 'x3', 'x4']) await expect(readdir(at(out))).rejects.toThrow(/ENOENT/);
  });
});
