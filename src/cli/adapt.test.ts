import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toldAll as told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** Tasks as small differences to one backbone, as a user makes, uses, renews and ships them. Real pictures of steel (X-SDD). */
const BOX = 'box:mobilenetv2-imagenet';
const pictures = fileURLToPath(new URL('../../demo/data/x-sdd/', import.meta.url));
let root: string;
const at = (...names: string[]) => join(root, ...names);

/** A folder of images with some of the classes. */
async function folderOf(name: string, kinds: readonly string[], each = 6): Promise<void> {
  const { train } = JSON.parse(await readFile(join(pictures, 'split.json'), 'utf8')) as { train: string[] };
  for (const kind of kinds) {
    await mkdir(at(name, kind), { recursive: true });
    const files = train.filter((f) => f.includes(`${kind}/`)).slice(0, each);
    for (const file of files) await cp(join(pictures, 'images', file), at(name, kind, file.split('/').at(-1)!));
  }
}

const fast = [
  '--size',
  '32',
  '--epochs',
  '1',
  '--batch',
  '8',
  '--lr',
  '0.01',
  '--val-fraction',
  '0.2',
  '--test-fraction',
  '0',
];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-adapt-'));
  await folderOf('two', ['red-iron', 'finishing-roll-printing']);
  await folderOf('three', ['red-iron', 'finishing-roll-printing', 'iron-sheet-ash']);
  await told('adapt', BOX, at('two'), '--out', at('two.diff'), ...fast);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const answers = async (...args: string[]) =>
  (await yosegi('predict', ...args, '--json')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; ranked: { label: string; confidence: number }[] });

it('finds ranks of its own for the layers, within a share of the backbone', { timeout: 180_000 }, async () => {
  const found = ['--adapt-rank', 'auto', '--adapt-share', '1%'];
  const text = await told('adapt', BOX, at('two'), '--out', at('auto.diff'), ...fast, ...found);
  expect(text).toMatch(
    /ranks from the gradients of 1 batches: \d+ of \d+ layers have pairs, of rank 1 to \d+, within \d+ numbers/,
  );
  const { run } = JSON.parse(await readFile(at('auto.diff', 'diff.json'), 'utf8'));
  const { rank, ranks } = run.options.adapters as { rank: string; ranks: Record<string, number> };
  expect(rank).toBe('auto');
  expect(new Set(Object.values(ranks)).size).toBeGreaterThan(1);
  expect(await answers(BOX, at('two'), '--diff', at('auto.diff'))).toEqual(
    await answers(at('auto.diff.run'), at('two')),
  );
  // The next version has them too, and one that had another rank cannot go on so.
  await told('adapt', BOX, at('three'), '--from', at('auto.diff'), '--out', at('auto2.diff'), ...fast, ...found);
  const next = JSON.parse(await readFile(at('auto2.diff', 'diff.json'), 'utf8'));
  expect(next.run.options.adapters.ranks).toEqual(ranks);
  const other = await yosegi(
    'adapt',
    BOX,
    at('two'),
    '--from',
    at('two.diff'),
    '--out',
    at('no.diff'),
    ...fast,
    ...found,
  );
  expect(other.err).toMatch(/what was learned before has one rank everywhere/);
  const wrong = await yosegi('adapt', BOX, at('two'), '--out', at('no.diff'), '--adapt-rank', 'most');
  expect(wrong.err).toMatch(/It must be a whole number from 1 to 1024, or auto\./);
});

describe('a diff', () => {
  it('is a small folder of plain files', async () => {
    expect((await readdir(at('two.diff'))).sort()).toEqual([
      'diff.json',
      'golden.safetensors',
      'labels.txt',
      'learned.safetensors',
    ]);
    const record = JSON.parse(await readFile(at('two.diff', 'diff.json'), 'utf8'));
    const sizes = await Promise.all(
      (await readdir(at('two.diff'))).map(async (f) => (await stat(at('two.diff', f))).size),
    );
    expect(sizes.reduce((a, b) => a + b, 0) / record.backbone.bytes).toBeLessThan(0.03);
    expect(record).toMatchObject({ version: 1, parent: null, backbone: { weights: BOX } });
    expect(JSON.stringify(record)).not.toContain(root);
  });

  it('answers on its backbone what the run answers that learned it, and its bundle too', async () => {
    const run = await answers(at('two.diff.run'), at('two'));
    expect(await answers(BOX, at('two'), '--diff', at('two.diff'))).toEqual(run);
    const text = await told('merge', BOX, at('two.diff'), '--out', at('bundle'));
    expect(text).toMatch(/the diff answers as when it was made/);
    expect(await told('verify', at('bundle'))).toContain('The bundle is good.');
    const shipped = await answers(at('bundle'), at('two'));
    expect(shipped).toHaveLength(run.length);
    for (const [i, { ranked }] of shipped.entries()) {
      expect(ranked[0]!.label).toBe(run[i]!.ranked[0]!.label);
      expect(ranked[0]!.confidence).toBeCloseTo(run[i]!.ranked[0]!.confidence, 3);
    }
    expect(await told('bench', BOX, '--diff', at('two.diff'), '--batches', '1', '--seconds', '0.2')).toMatch(/ms/);
  });

  it('is listed with size, figures and whether it fits', async () => {
    const list = await told('diffs', at('two.diff'), '--base', BOX);
    expect(list).toMatch(/two\.diff +classify +1 +2 .*KiB.*accuracy .* yes/);
    const { code, err, out } = await yosegi('diffs', at('two'));
    expect(code).toBe(1);
    expect(out + err).toMatch(/is no diff: it has no diff\.json/);
  });

  it('gets a new version with a new class, while the first answers as before, bit for bit', async () => {
    const before = await answers(BOX, at('two'), '--diff', at('two.diff'));
    const text = await told(
      'adapt',
      BOX,
      at('three'),
      '--from',
      at('two.diff'),
      '--out',
      at('three.diff'),
      '--adapt-rank',
      '1',
      ...fast,
    );
    expect(text).toMatch(/version 2/);
    const record = JSON.parse(await readFile(at('three.diff', 'diff.json'), 'utf8'));
    const first = JSON.parse(await readFile(at('two.diff', 'diff.json'), 'utf8'));
    expect(record).toMatchObject({ version: 2, parent: first.learned, backbone: { sha256: first.backbone.sha256 } });
    expect(await answers(BOX, at('two'), '--diff', at('two.diff'))).toEqual(before);
    // As after a stop: what is resumed is still the second version.
    await rm(at('three.diff'), { recursive: true });
    expect(await told('adapt', BOX, '--resume', '--out', at('three.diff'))).toMatch(/version 2/);
    expect(JSON.parse(await readFile(at('three.diff', 'diff.json'), 'utf8'))).toMatchObject({
      version: 2,
      parent: first.learned,
    });
  });

  it('shares one session of the backbone with others, and answers there as merged', async () => {
    const bank = ['bench', BOX, '--bank', at('two.diff'), at('three.diff'), '--bank-tasks', '1,3'];
    const found = JSON.parse(await told(...bank, '--seconds', '0.1', '--runs', '3', '--json'));
    // Pairs beside a layer round otherwise than a merged one; this is of the largest answer.
    expect(found.difference).toBeLessThan(3e-5);
    expect(found.rows.map((row: { tasks: number }) => row.tasks)).toEqual([1, 3]);
    expect(found.rows[1].merged.memoryMiB).toBeGreaterThan(0);
  });

  it('is refused on another backbone, which is named', async () => {
    await told('train', at('two'), '--model', 'mobilenetv2_100', ...fast, '--out', at('other'));
    const { code, err } = await yosegi('predict', at('other'), at('two'), '--diff', at('two.diff'));
    expect(code).toBe(1);
    expect(err).toMatch(
      /belongs to the backbone box:mobilenetv2-imagenet \(tf_mobilenetv2_100, SHA-256 [0-9a-f]{12}…\)/,
    );
    expect(await told('diffs', at('two.diff'), '--base', at('other'))).toMatch(/ no\n/);
  });

  it('is refused when a bit of it is another', async () => {
    await cp(at('two.diff'), at('broken.diff'), { recursive: true });
    const bytes = await readFile(at('broken.diff', 'learned.safetensors'));
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(at('broken.diff', 'learned.safetensors'), bytes);
    const { code, err } = await yosegi('predict', BOX, at('two'), '--diff', at('broken.diff'));
    expect(code).toBe(1);
    expect(err).toMatch(/learned\.safetensors is not what diff\.json speaks of/);
  });

  it('is made from a run, too', async () => {
    await told('adapt', at('other'), at('two'), '--adapt', 'ssf', ...fast.slice(2), '--out', at('ofrun.diff'));
    const run = await answers(at('ofrun.diff.run'), at('two'));
    expect(await answers(at('other'), at('two'), '--diff', at('ofrun.diff'))).toEqual(run);
  });
});

it('PEFT’s files come out of a diff, and start one', async () => {
  await told('adapt', BOX, at('two'), '--adapt-layers', '*.conv_pw', ...fast, '--out', at('pw.diff'));
  await told('diffs', at('pw.diff'), '--base', BOX, '--peft', at('peft'));
  expect((await readdir(at('peft'))).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  await told('adapt', BOX, at('two'), '--from', at('peft'), ...fast, '--out', at('frompeft.diff'));
  const record = JSON.parse(await readFile(at('frompeft.diff', 'diff.json'), 'utf8'));
  expect(record.run.options.adapters.layers).toHaveLength(17);
  expect(record.version).toBe(1);
  const { code, err } = await yosegi('diffs', at('two.diff'), '--base', BOX, '--peft', at('never'));
  expect(code).toBe(1);
  expect(err).toMatch(/PEFT has no form for the adapter of blocks/);
});

describe('train --adapt', () => {
  it.each(['bottleneck'])('%s leaves the backbone alone but for what it learns', async (method) => {
    const out = at(`run-${method}`);
    await told('train', at('two'), '--weights', BOX, '--adapt', method, ...fast, '--out', out);
    expect(await told('export', out, '--out', at(`bundle-${method}`))).toMatch(/differ by at most/);
  });

  it('keeps its weights when there is nothing left to resume', async () => {
    const out = at('two.diff.run');
    const best = await readFile(join(out, 'best', 'model.safetensors'));
    await told('train', '--resume', '--out', out);
    expect(best.equals(await readFile(join(out, 'best', 'model.safetensors')))).toBe(true);
  });

  it('says what does not go together', async () => {
    const refused = async (...args: string[]) => {
      const { code, err } = await yosegi('train', at('two'), '--out', at('never'), ...args);
      expect(code).toBe(1);
      return err;
    };
    expect(await refused('--weights', BOX, '--adapt', 'lora', '--probe')).toMatch(/leave out --probe or --adapt/);
    expect(await refused('--adapt-rank', '3')).toMatch(/give --adapt too/);
    expect(await refused('--weights', BOX, '--adapt', 'lora', '--adapt-layers', 'blocks.9.*')).toMatch(
      /no layer .*blocks\.9/,
    );
    expect(await refused('--weights', BOX, '--adapt', 'lora', '--adapt-targets', 'attention')).toMatch(
      /nothing to adapt/,
    );
  });
});
