import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameOf } from '../graph/graph.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { classify } from '../tasks/classify/classify.ts';
import { sparseLayers } from '../train/sparsity.ts';
import { readWeightsFile } from '../weights/node/folder.ts';
import { workplace } from './testing/photographs.ts';
import { toldAll as told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** A run's network with fewer channels, as a user makes, judges and ships it. Real pictures of steel (X-SDD). */
let place: Awaited<ReturnType<typeof workplace>>;
const at = (...names: string[]) => join(place.root, ...names);

beforeAll(async () => {
  place = await workplace(12);
  const short = ['--model', 'mobilenetv2_035', '--size', '96', '--epochs', '1', '--batch', '8'];
  await told('train', place.images, ...short, '--out', at('whole'));
});
afterAll(() => place.remove());

it('prunes to a share of the multiply-adds in two steps, and what comes out is a run', async () => {
  const half50 = ['--macs', '50%', '--steps', '2', '--epochs', '1', '--by', 'taylor'];
  const text = await told('prune', at('whole'), ...half50, '--out', at('half'));
  expect(text).toMatch(/step 1 of 2: .*step 2 of 2: /s);
  const [before, now] = [...text.matchAll(/(?:before|now) .* (\d+) M multiply-adds/g)].map(([, m]) => Number(m));
  expect(now).toBeLessThanOrEqual(Math.ceil(before! / 2));
  const [whole, half] = [await loadRun(at('whole')), await loadRun(at('half'))];
  expect(half.run.macs).toBeLessThanOrEqual(0.55 * whole.run.macs);
  // The pictures are split as before.
  expect(half.run.images).toEqual(whole.run.images);
  expect(await told('eval', at('half'))).toMatch(/accuracy/);
  expect(await told('export', at('half'), '--out', at('bundle'))).toMatch(/differ by at most/);
  expect(await told('verify', at('bundle'))).toContain('The bundle is good.');
});

it('prunes until a measured time is met', async () => {
  const text = await told(
    'prune',
    at('whole'),
    '--speed',
    '1.2x',
    '--epochs',
    '1',
    '--by',
    'scale',
    '--out',
    at('fast'),
  );
  expect(text).toMatch(/before .* ms\nnow .* ms/);
});

describe('with adapters', () => {
  const answers = async (...args: string[]) => (await told('predict', ...args, place.images, '--json')).trim();
  const fast = ['--epochs', '1', '--batch', '8'];

  it('a pruned run is a backbone that tasks are adapted on', { timeout: 300_000 }, async () => {
    await told('prune', at('whole'), '--macs', '60%', ...fast.slice(0, 2), '--out', at('shared'));
    const text = await told('adapt', at('shared'), place.images, ...fast, '--out', at('task'));
    expect(text).toMatch(/version 1, .* of its backbone/);
    const { run } = await loadRun(at('task.run'));
    expect(run.pretrained).toMatchObject({ weights: at('shared'), fresh: [] });
    expect(run.preprocessing).toEqual((await loadRun(at('shared'))).run.preprocessing);
    expect(await answers(at('shared'), '--diff', at('task'))).toBe(await answers(at('task.run')));
    const other = await yosegi('predict', at('whole'), place.images, '--diff', at('task'));
    expect(other.err).toMatch(/the diff belongs to an imported model: give the folder .* or the run of it/);
  });

  it('channels go by what gradients of the adapters alone say', { timeout: 300_000 }, async () => {
    const adapt = ['--adapt', 'lora', '--size', '32', ...fast];
    await told('train', place.images, '--weights', at('whole'), ...adapt, '--out', at('adapted'));
    const half = ['--macs', '50%', '--epochs', '1', '--by', 'adapters'];
    const text = await told('prune', at('adapted'), ...half, '--out', at('adapted-half'));
    const [before, now] = [...text.matchAll(/(?:before|now) .* (\d+) M multiply-adds/g)].map(([, m]) => Number(m));
    expect(now).toBeLessThanOrEqual(Math.ceil(before! / 2));
    // Other channels than by size.
    await told('prune', at('adapted'), ...half.slice(0, 4), '--out', at('by-size'));
    const shapes = async (folder: string) => [...(await loadRun(folder)).weights].map(([n, t]) => `${n} ${t.shape}`);
    expect(await shapes(at('adapted-half'))).not.toEqual(await shapes(at('by-size')));
    const refused = async (run: string, ...more: string[]) =>
      (await yosegi('prune', at(run), ...half, ...more, '--out', at('never'))).err;
    expect(await refused('whole')).toMatch(/has nothing there: take --by taylor, or adapt first/);
    expect(await refused('adapted', '--steps', '2')).toMatch(/--by adapters is for one step/);
    await told(
      'train',
      place.images,
      '--weights',
      at('whole'),
      ...adapt,
      '--adapt',
      'bottleneck',
      '--out',
      at('beside'),
    );
    expect(await refused('beside')).toMatch(/stays beside its layers, so its gradients say nothing of their weights/);
  });
});

describe('a network without a run', () => {
  it('loses channels without pictures, and learns again', { timeout: 300_000 }, async () => {
    const small = ['--size', '32', '--threads', '1'];
    const text = await told('prune', 'box:mobilenetv2-imagenet', '--macs', '40%', ...small, '--out', at('model'));
    const [before, now] = [...text.matchAll(/(?:before|now) .* (\d+) M multiply-adds/g)].map(([, m]) => Number(m));
    expect(now).toBeLessThanOrEqual(Math.ceil(0.4 * before!));
    expect(text).toMatch(/next: yosegi distill PICTURES --model/);
    const distill = ['--model', at('model'), '--size', '32', '--epochs', '1', '--batch', '8', '--out', at('taught')];
    expect(await told('distill', place.images, ...distill)).toMatch(/explained/);
    await told('adapt', at('taught'), place.images, '--epochs', '1', '--batch', '8', '--out', at('ours'));
    const { run } = await loadRun(at('ours.run'));
    expect(run.preprocessing.size).toEqual([32, 32]);
    expect(run.macs).toBeLessThan(0.42 * 1e6 * before!);
    // An imported model is pruned like one in the box.
    await told('prune', at('model'), '--macs', '80%', '--by', 'scale', '--out', at('smaller'));
    expect((await yosegi('info', at('smaller'))).out).toMatch(/1000 classes/);
  });

  it('is not trained, and says so', async () => {
    const refused = async (...args: string[]) =>
      (await yosegi('prune', 'box:mobilenetv2-imagenet', '--macs', '50%', ...args, '--out', at('never'))).err;
    expect(await refused('--epochs', '3')).toMatch(/is no run folder, so nothing is trained here: leave out --epochs/);
    expect(await refused('--by', 'taylor')).toMatch(/needs pictures with labels/);
    const { err } = await yosegi('prune', at('whole'), '--macs', '50%', '--size', '64', '--out', at('never'));
    expect(err).toMatch(/a run has a size of its own/);
  });
});

describe('single weights', () => {
  const zeros = async (folder: string) => {
    const { model, weights } = await loadRun(folder);
    const all = sparseLayers(classify.network(model, {})).map(({ weight }) => weights.get(nameOf(weight)!)!);
    const count = (of: (t: (typeof all)[number]) => number) => all.reduce((n, t) => n + of(t), 0);
    return count((t) => t.data.filter((v) => v === 0).length) / count((t) => t.data.length);
  };

  it('go until so many are zero, and what comes out is a run whose weights zip small', async () => {
    const text = await told('prune', at('whole'), '--sparsity', '80%', '--epochs', '2', '--out', at('sparse'));
    expect(text).toMatch(
      /before 0\.0 % of .*\nnow {4}80\.0 % of .* are zero; file .* zipped .*\nzeros make files smaller, not networks faster/,
    );
    expect(await zeros(at('sparse'))).toBeCloseTo(0.8, 4);
    const best = at('sparse', 'best', 'model.safetensors');
    expect((await stat(`${best}.gz`)).size).toBeLessThan(0.4 * (await stat(best)).size);
    const [plain, zipped] = [await readWeightsFile(best), await readWeightsFile(`${best}.gz`)];
    expect(zipped.tensors).toEqual(plain.tensors);
    expect(await told('eval', at('sparse'))).toMatch(/accuracy/);
    expect(await told('export', at('sparse'), '--out', at('bundle2'))).toMatch(/differ by at most/);
  });

  it('go by a pattern, out of an imported network too', async () => {
    const file = fileURLToPath(new URL('../onnx/import/fixtures/mobilenetv2-l11.onnx', import.meta.url));
    await told('import', file, '--out', at('mine'));
    await told('train', place.images, '--model', at('mine'), '--out', at('theirs'), '--epochs', '1', '--batch', '8');
    const text = await told('prune', at('theirs'), '--pattern', '2:4', '--epochs', '1', '--out', at('two-of-four'));
    expect(text).toMatch(/now {4}5\d(\.\d)? % of/);
    expect(await zeros(at('two-of-four'))).toBeGreaterThanOrEqual(0.5);
    expect((await loadRun(at('two-of-four'))).run.images).toEqual((await loadRun(at('theirs'))).run.images);
  });
});

it('says what is missing, and what is not pruned', async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await yosegi('prune', ...args, '--out', at('never'));
    expect(code).toBe(1);
    return err;
  };
  expect(await refused(at('whole'))).toMatch(/One of --speed 2x, --ms 3, --macs 50%/);
  expect(await refused(at('whole'), '--sparsity', '80%', '--speed', '2x')).toMatch(
    /single weights or whole channels\?/,
  );
  expect(await refused(at('whole'), '--sparsity', '80%', '--steps', '2')).toMatch(/--steps is for whole channels/);
  expect(await refused(at('whole'), '--pattern', '4:2')).toMatch(/n below m/);
  expect(await refused(at('whole'), '--macs', '2')).toMatch(/between 0 and 1/);
  expect(await refused(at('whole'), '--macs', '0.0001')).toMatch(/does not become that small/);
  expect(await refused(at('nothing'), '--macs', '0.5')).toMatch(/there is no file or folder/);
});
