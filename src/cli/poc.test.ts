import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { robustnessSchema } from '../robustness/record.ts';
import { workplace } from './testing/photographs.ts';
import { start } from './testing/start.ts';
import { told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** A proof of concept, as a user asks for one. Real pictures of steel (X-SDD). */
let place: Awaited<ReturnType<typeof workplace>>;
const at = (...names: string[]) => join(place.root, ...names);

beforeAll(async () => {
  place = await workplace(10);
});
afterAll(() => place.remove());

const trialsIn = async (folder: string) =>
  (await readFile(at(folder, 'trials.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('is killed, goes on, and ends in one page, a run and a bundle', { timeout: 300_000 }, async () => {
  const child = start(['poc', place.images, '--out', at('p'), '--ways', 'probe', 'prune', '--hours', '0.1']);
  while (!/probe-128: accuracy|is left out/.test(child.err())) await sleep(50);
  child.kill('SIGKILL');
  await child.ended;
  const before = await trialsIn('p');
  const text = await told('poc', '--resume', '--out', at('p'), '--lang', 'both');
  const trials = await trialsIn('p');
  expect(trials.slice(0, before.length)).toEqual(before);
  const probes = ['224', '128', 'ascan-micro-distilled-128', 'ascan-micro-distilled-64'].map((of) => `probe-${of}`);
  expect(new Set(trials.map(({ candidate }) => candidate))).toEqual(new Set([...probes, 'prune-half']));
  expect(text).toMatch(/recommended: (probe-[\w-]+|prune-half), of those that were trained longest the fastest/);
  expect(text).toMatch(/under what a camera does to them/);
  expect((await readdir(at('p'))).sort()).toEqual(['poc.html', 'poc.ja.html', 'poc.json', 'trials.jsonl', 'winner']);
  const { belongsTo, ...record } = JSON.parse(await readFile(at('p', 'winner', 'robustness.json'), 'utf8'));
  expect(belongsTo.set).toMatchObject({ kind: 'own', split: 'test' });
  const { plain, conditions, images } = robustnessSchema.parse(record);
  const evaluation = JSON.parse(await readFile(at('p', 'winner', 'eval.json'), 'utf8'));
  expect(plain.figures.accuracy).toBeCloseTo(evaluation.accuracy, 6);
  expect(images).toBe(evaluation.images);
  expect(new Set(conditions.map(({ kind }) => kind)).size).toBe(6);
  for (const [file, ...words] of [
    ['poc.html', /What was tried, and why this one/, /When light, focus or place change/, /Electricity used/],
    ['poc.ja.html', /試した方法と、これを勧める理由/, /照明・ピント・位置が変わったとき/, /消費電力量/],
  ] as const) {
    const page = await readFile(at('p', file), 'utf8');
    for (const word of words) expect(page).toMatch(word);
    expect(page).not.toMatch(/>(undefined|NaN|null)</);
  }
  expect(await told('verify', at('p', 'winner', 'bundle'))).toMatch(/The bundle is good/);
});

it('says what is wrong, and touches nothing of the user’s', async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await yosegi('poc', ...args);
    expect(code).toBe(1);
    return err;
  };
  expect(await refused('--out', at('no'))).toMatch(/which folder of images/);
  expect(await refused(place.images, '--out', at('p'))).toMatch(/already holds a proof of concept/);
  expect(await refused(place.images, '--out', place.images)).toMatch(/lies in the folder of images/);
  expect(await refused('--resume', '--out', place.images)).toMatch(/is no proof of concept/);
  expect(await refused('--resume', '--ms', '3', '--out', at('p'))).toMatch(/leave out --ms/);
  // Nothing is begun inside the images, and nothing of a folder that is not ours is replaced.
  expect(await refused(place.images, '--out', `${place.images}/poc`)).toMatch(/images/);
  await expect(readdir(`${place.images}/poc`)).rejects.toThrow(/ENOENT/);
  await mkdir(at('theirs', 'winner'), { recursive: true });
  await writeFile(at('theirs', 'winner', 'cup.txt'), 'ours');
  expect(await refused(place.images, '--out', at('theirs'), '--force')).toMatch(/is not empty and no proof of concept/);
  await writeFile(at('theirs', 'poc.json'), '{"minutes": 3}');
  expect(await refused(place.images, '--out', at('theirs'), '--force')).toMatch(/poc\.json/);
  expect(await readFile(at('theirs', 'winner', 'cup.txt'), 'utf8')).toBe('ours');
  const tight = ['--ways', 'probe', '--ms', '0.0001', '--hours', '0.1'];
  expect(await refused(place.images, '--out', at('tight'), ...tight)).toMatch(
    /nothing could be trained \(probe-224: takes [\d.]+ ms here/,
  );
  await writeFile(at('tight', 'trials.jsonl'), '{"candidate": 3}\n');
  expect(await refused('--resume', '--out', at('tight'))).toMatch(/trials\.jsonl, line 1, .*Take this line out/s);
});
