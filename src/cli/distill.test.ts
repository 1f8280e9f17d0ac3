import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochSchema } from '../train/epoch.ts';
import { together } from './distill.ts';
import { workplace } from './testing/photographs.ts';
import { start } from './testing/start.ts';
import { yosegi } from './testing/yosegi.ts';

let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);
const small = ['--size', '32', '--batch', '12', '--lr', '3e-3', '--warmup', '0', '--ema', '0', '--augment', 'light'];
const distil = (out: string) => {
  const folders = ['red-iron', 'surface-scratch'].map((name) => join(place.images, name));
  return ['distill', ...folders, '--out', at(out), ...small, '--epochs', '6', '--checkpoint-seconds', '0'];
};

beforeAll(async () => {
  place = await workplace();
  const { code, err } = await yosegi(...distil('whole'));
  expect(code, err).toBe(0);
}, 120_000);
afterAll(() => place.remove());

const best = (run: string) => readFile(join(at(run), 'best', 'model.safetensors'), 'latin1');

describe('yosegi distill', { timeout: 120_000 }, () => {
  it('learns from pictures without labels, in several folders, what the teacher says of them', async () => {
    const log = await readFile(join(at('whole'), 'log.jsonl'), 'utf8');
    const losses = log
      .trim()
      .split('\n')
      .map((line) => epochSchema.parse(JSON.parse(line)).trainLoss);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)!).toBeLessThan(0.6 * losses[0]!);
    const run = JSON.parse(await readFile(join(at('whole'), 'run.json'), 'utf8'));
    expect(run).toMatchObject({ task: 'distill', classes: [], teacher: { from: 'box:mobilenetv2-imagenet' } });
    expect(run.images.train + run.images.val).toBe(24);
    expect(run.options.task.says).toMatchObject({ pooled: [1280], logits: [1000] });
  });

  it('goes on after a stop to the very same weights', async () => {
    const stopped = start(distil('stopped'));
    while (!stopped.err().includes('epoch   3')) await sleep(5);
    stopped.kill('SIGKILL');
    await stopped.ended;
    const { code, err } = await yosegi('distill', '--resume', '--out', at('stopped'));
    expect(code, err).toBe(0);
    expect(err).toMatch(/going on at step/);
    expect((await best('stopped')) === (await best('whole'))).toBe(true);
  });

  it('is what a training starts from, and a run like any other', async () => {
    const trained = await yosegi(
      'train',
      place.images,
      '--weights',
      at('whole'),
      '--out',
      at('after'),
      '--epochs',
      '1',
    );
    expect(trained.code, trained.err).toBe(0);
    expect(trained.err).toMatch(/weights of .*whole: \d+ tensors, a new head/);
    const run = JSON.parse(await readFile(join(at('after'), 'run.json'), 'utf8'));
    expect(run).toMatchObject({ model: 'ascan-micro', preprocessing: { size: [32, 32], mean: [0.5, 0.5, 0.5] } });
    for (const verb of [['eval'], ['report'], ['export', '--out', at('bundle')]]) {
      const [name, ...more] = verb;
      const done = await yosegi(name!, at('whole'), ...more);
      expect(done.code, done.err).toBe(0);
    }
    const said = await yosegi('predict', at('bundle'), join(place.images, 'red-iron'));
    expect(said.code, said.err).toBe(0);
  });

  it('learns from a run too, and says what cannot teach', async () => {
    const taught = await yosegi(
      ...['distill', place.images, '--teacher', at('after'), '--model', 'ascan-nano', '--out', at('from-run')],
      ...['--epochs', '1', '--batch', '12'],
    );
    expect(taught.code, taught.err).toBe(0);
    const other = await yosegi('distill', place.images, '--teacher', at('after'), '--size', '64', '--out', at('other'));
    expect(other.err).toMatch(/looks at pictures of 32×32, not 64×64: leave out --size/);
    expect(other.code).toBe(1);
  });
});

it('finds the folder that several lie in', () => {
  expect(together(['/a/b/c', '/a/b/d/e'])).toEqual({ root: '/a/b', folders: ['c', 'd/e'] });
  expect(together(['/a/b', '/a/b/d'])).toEqual({ root: '/a/b', folders: ['.', 'd'] });
  expect(together(['x'])).toEqual({ root: 'x', folders: [] });
});
