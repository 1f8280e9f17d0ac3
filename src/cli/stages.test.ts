import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workplace } from './testing/photographs.ts';
import { yosegi } from './testing/yosegi.ts';

let work: Awaited<ReturnType<typeof workplace>>;
const at = (...path: string[]) => join(work.root, ...path);
const told = () => at('told');

const tiny = [
  ...['--task', 'generate', '--model', 'ascan-unet-nano', '--layout', 'C|T|T', '--batch', '8', '--threads', '1'],
  ...['--show-every', '0', '--eval-every', '1', '--val-fraction', '0.2', '--ema', '0', '--lr', '3e-3'],
  ...['--text-width', '32', '--text-depth', '1'],
];
const file = async (name: string, stages: readonly object[]) => {
  await writeFile(at(name), JSON.stringify({ stages }));
  return at(name);
};
/** The validation error of each epoch. */
const errors = async (...run: string[]) =>
  (await readFile(at(...run, 'log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line): number => JSON.parse(line).val.loss);

beforeAll(async () => {
  work = await workplace(8);
  await mkdir(join(told(), 'images'), { recursive: true });
  const lines: object[] = [];
  for (const folder of await readdir(work.images)) {
    for (const picture of await readdir(join(work.images, folder))) {
      const name = `${folder}-${picture}`;
      await copyFile(join(work.images, folder, picture), join(told(), 'images', name));
      lines.push({ file: name, caption: `a photograph of steel with ${folder.replace(/-/g, ' ')}` });
    }
  }
  await writeFile(join(told(), 'captions.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}, 60_000);
afterAll(() => work.remove());

it('trains stage by stage, each beginning better than without the one before', { timeout: 300_000 }, async () => {
  const last = { data: told(), size: 64, epochs: 2 };
  const stages = await file('stages.json', [
    { name: 'names', data: work.images, classCaptions: true, size: 32, epochs: 12, 'text-length': 8 },
    { name: 'larger', ...last },
  ]);
  const done = await yosegi('train', ...tiny, '--stages', stages, '--out', at('staged'));
  expect(done.code, done.err).toBe(0);
  expect(done.err).toMatch(/stage 1 of 2, names: .*1-names\n/);
  expect(done.err).toMatch(/weights of .*1-names: \d+ tensors, /);
  expect(done.err).toMatch(/text_encoder\.token_embed\.weight: 2\d\d of [3-9]\d\d rows were known/);
  expect(done.err).toMatch(/text_encoder\.pos_embed: 8 of 32 rows were known/);
  const run = JSON.parse(await readFile(at('staged', '2-larger', 'run.json'), 'utf8'));
  expect(run.pretrained).toMatchObject({ weights: at('staged', '1-names'), fresh: [], carried: [{}, {}] });
  const alone = await yosegi(
    'train',
    told(),
    ...tiny,
    '--scratch',
    '--size',
    '32',
    '--epochs',
    '2',
    '--out',
    at('alone'),
  );
  expect(alone.code, alone.err).toBe(0);
  const learned = await errors('staged', '1-names');
  expect(learned.at(-1)).toBeLessThan(0.9 * learned[0]!);
  const [carried, scratch] = [await errors('staged', '2-larger'), await errors('alone')];
  expect(carried[0]).toBeLessThan(0.9 * scratch[0]!);

  const again = await yosegi('train', ...tiny, '--stages', stages, '--out', at('staged'));
  expect(again.code, again.err).toBe(0);
  expect(again.err.match(/going on at step \d+/g)?.length).toBe(2);
  expect(await errors('staged', '2-larger')).toEqual(carried);

  const made = await yosegi('generate', at('staged', '2-larger'), 'steel', '--steps', '2', '--out', at('made'));
  expect(made.code, made.err).toBe(0);
});

it('says what is wrong with a stage before any is trained', async () => {
  const fails = async (stages: readonly object[], ...more: string[]) => {
    const { code, err } = await yosegi(
      'train',
      ...more,
      '--stages',
      await file('bad.json', stages),
      '--out',
      at('none'),
    );
    expect(code).toBe(1);
    return err;
  };
  const good = { name: 'a', data: work.images };
  expect(await fails([good, { ...good, name: 'b', epochz: 3 }])).toMatch(
    /bad\.json, stage 'b': unknown option '--epochz'\n\(Did you mean --epochs\?\)/,
  );
  expect(await fails([{ ...good, size: 'large' }])).toMatch(
    /stage 'a': option '--size <pixels>' argument 'large' is invalid/,
  );
  expect(await fails([{ name: 'a' }])).toMatch(/stage 'a' has no data/);
  expect(await fails([{ name: 'a b', data: work.images }])).toMatch(/letters, digits/);
  expect(await fails([])).toMatch(/It has stages such as/);
  expect(await readdir(work.root)).not.toContain('none');
});
