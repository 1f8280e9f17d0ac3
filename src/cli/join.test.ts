import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { sameBytes, type Tensor } from '../base/tensor.ts';
import { loadBundle } from '../bundle/node/read.ts';
import { randomFeeds } from '../measure/feeds.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** Tasks on one frozen backbone, as a user trains and joins them. */
let root: string;
const at = (...names: string[]) => join(root, ...names);
const SIDE = 64;
const PICTURES = 12;

/** Noise with a bright square on every second picture: as classes, as boxes and as masks. */
async function makeScenes(): Promise<void> {
  const folders = ['kinds/blank', 'kinds/square', 'boxes/images', 'boxes/labels', 'masks/images', 'masks/masks'];
  for (const folder of folders) await mkdir(at(folder), { recursive: true });
  for (let n = 0; n < PICTURES; n++) {
    const rng = random(7, 'scene', n);
    const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 90 + rng.below(60));
    const mask = new Uint8Array(SIDE * SIDE);
    const shows = n % 2 === 0;
    const [x, y] = [rng.below(SIDE - 24), rng.below(SIDE - 24)];
    for (let v = y; shows && v < y + 24; v++) {
      pixels.fill(230, (v * SIDE + x) * 3, (v * SIDE + x + 24) * 3);
      mask.fill(1, v * SIDE + x, v * SIDE + x + 24);
    }
    const name = `scene${String(n).padStart(2, '0')}`;
    const png = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer();
    for (const folder of [`kinds/${shows ? 'square' : 'blank'}`, 'boxes/images', 'masks/images'])
      await writeFile(at(folder, `${name}.png`), png);
    const box = [0, (x + 12) / SIDE, (y + 12) / SIDE, 24 / SIDE, 24 / SIDE];
    await writeFile(at('boxes/labels', `${name}.txt`), shows ? box.join(' ') : '');
    const grey = sharp(mask, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace('b-w');
    await grey.png().toFile(at('masks/masks', `${name}.png`));
  }
  await writeFile(at('boxes', 'data.yaml'), 'names: [square]\ntrain: images\nval: images\n');
}

const onOne = ['--model', 'mobilenetv2_035', '--size', '32', '--epochs', '1', '--batch', '4'];
const train = (data: string, out: string, ...more: string[]) =>
  told('train', at(data), '--out', at(out), ...onOne, ...more);
const frozen = () => ['--weights', at('first', 'best', 'model.safetensors'), '--freeze', 'backbone'];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-join-'));
  await makeScenes();
  await train('kinds', 'first');
  await train('kinds', 'kind', ...frozen());
  await train('boxes', 'place', '--task', 'detect', ...frozen());
  await train('masks', 'area', '--task', 'segment', ...frozen());
}, 600_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const runtime = await nativeRuntime({ threads: 1 });

/** What a bundle's model gives for the same noise. */
async function outputsOf(bundle: string): Promise<Record<string, Tensor>> {
  const { model } = await loadBundle(at(bundle));
  const program = await runtime.load(model);
  const image = { name: 'image', dtype: 'float32', shape: [undefined, 3, 32, 32] } as const;
  const outputs = await program.run(randomFeeds([image], 3));
  await program.close();
  return outputs;
}

it('leaves a frozen backbone as it was, running statistics included', async () => {
  const [before, after] = [(await loadRun(at('first'))).weights, (await loadRun(at('kind'))).weights];
  const moved = [...after].filter(([name, t]) => !sameBytes(t, before.get(name)!)).map(([name]) => name);
  expect(moved.sort()).toEqual(['classifier.bias', 'classifier.weight']);
});

it('joins tasks whose answers stay, bit for bit, also when one more comes', { timeout: 600_000 }, async () => {
  const runs = ['kind', 'place', 'area'];
  const said = await told('join', ...runs.map((r) => at(r)), '--out', at('three'));
  expect(said).toMatch(/every output has the very bits of its run's own export/);
  expect(said).toMatch(/kind +classify .*%\n *place +detect .*%\n *area +segment .*%/);
  const three = await outputsOf('three');
  for (const run of runs) {
    await told('export', at(run));
    for (const [name, t] of Object.entries(await outputsOf(`${run}/bundle`))) {
      expect(sameBytes(t, three[`${run}/${name}`]!), `${run}/${name}`).toBe(true);
    }
  }
  await train('kinds', 'other', ...frozen(), '--seed', '9');
  await told('join', ...[...runs, 'other'].map((r) => at(r)), '--out', at('four'));
  const four = await outputsOf('four');
  expect(Object.keys(four)).toEqual([...Object.keys(three), 'other/logits']);
  for (const [name, t] of Object.entries(three)) expect(sameBytes(t, four[name]!), name).toBe(true);
  expect(await told('verify', at('three'))).toMatch(/area \(segment, 2 classes\)[\s\S]*The bundle is good/);

  const picture = at('boxes/images', 'scene00.png');
  const line = JSON.parse(await told('predict', at('three'), picture, '--json', '--draw', at('drawn')));
  expect(Object.keys(line.answers)).toEqual(runs);
  expect(line.answers.kind).toEqual(
    (({ file: _, ...answer }) => answer)(JSON.parse(await told('predict', at('kind', 'bundle'), picture, '--json'))),
  );
  expect(line.answers.area.size).toEqual([SIDE, SIDE]);
  expect(await readdir(at('drawn'))).toEqual(['scene00.png']);
  expect(await told('predict', at('three'), picture)).toMatch(/file +kind: .*place: .*area: /);
  const bench = await told('bench', at('three'), '--seconds', '0.1', '--batches', '1', '--threads', '1');
  expect(bench).toMatch(
    /tasks: ms a picture, 1 thread, medians +task +adds +alone\nkind +classify[\s\S]*place +detect/,
  );
  expect(bench).toMatch(/joined [\d.]+ ms, as separate models one after another [\d.]+ ms: [\d.]+ times as long/);
});

it('says what to do where runs cannot be joined', { timeout: 300_000 }, async () => {
  await train('kinds', 'larger', ...frozen(), '--size', '64');
  const sizes = await yosegi('join', at('kind'), at('larger'), '--out', at('no'));
  expect([sizes.code, sizes.err]).toEqual([
    1,
    expect.stringMatching(/size \[32,32\] and \[64,64\].*Train larger again with --size 32/),
  ]);
  const apart = await yosegi('join', at('first'), at('kind'), '--out', at('no'));
  expect(apart.code, apart.err).toBe(0);
  await train('kinds', 'alone', '--seed', '3');
  const { code, err } = await yosegi('join', at('kind'), at('alone'), '--out', at('never'));
  expect([code, err]).toEqual([1, expect.stringMatching(/nothing in common.*--weights .* --freeze backbone/)]);
});
