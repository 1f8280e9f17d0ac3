import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start } from './testing/start.ts';
import { told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** Designs found by machine, as a user asks for them. Real pictures of steel (X-SDD). */
const pictures = fileURLToPath(new URL('../../demo/data/x-sdd/', import.meta.url));
let root: string;
const at = (...names: string[]) => join(root, ...names);

const space = {
  name: 'small',
  about: 'two places for attention',
  model: 'ascan-micro',
  overrides: {
    stem: 8,
    widths: [8, { choose: [8, 16], as: 'width 1' }, 32, 32],
    layout: { join: ['C', 'C', { choose: ['C', 'CT', 'CC'], as: 'stage 2' }, 'C'], with: '|' },
    expand: { choose: [2, 3], as: 'expand' },
  },
};
const trialsIn = async (folder: string) =>
  (await readFile(at(folder, 'trials.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-search-'));
  const { train } = JSON.parse(await readFile(join(pictures, 'split.json'), 'utf8')) as { train: string[] };
  for (const kind of ['red-iron', 'finishing-roll-printing']) {
    await mkdir(at('images', kind), { recursive: true });
    for (const file of train.filter((f) => f.includes(`${kind}/`)).slice(0, 8))
      await cp(join(pictures, 'images', file), at('images', kind, file.split('/').at(-1)!));
  }
  await writeFile(at('small.json'), JSON.stringify(space));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const begin = (out: string) => [
  'search',
  at('images'),
  '--space',
  at('small.json'),
  '--size',
  '32',
  '--rungs',
  '1,2',
  '--batch',
  '8',
  '--out',
  at(out),
];

it('is killed, goes on, and trains the winner, which is a run like any other', async () => {
  const child = start([...begin('s'), '--epochs', '0']);
  while (!/trial 2 /.test(child.err())) await sleep(50);
  child.kill('SIGKILL');
  await child.ended;
  const before = await trialsIn('s');
  expect(before.length).toBeGreaterThanOrEqual(2);
  const text = await told('search', '--resume', '--out', at('s'), '--trials', '4', '--epochs', '1');
  expect((await trialsIn('s')).slice(0, before.length)).toEqual(before);
  const trials = await trialsIn('s');
  expect(trials.length).toBe(Math.max(4, before.length));
  expect(trials.some(({ rung }) => rung === 1)).toBe(true);
  expect(text).toMatch(/trials; what nothing beats/);
  expect(text).toMatch(/best: ascan-micro \{"stem":8,"widths":\[8,(8|16),32,32\],"layout":"C\|C\|/);
  expect(await told('eval', at('s', 'winner'))).toMatch(/accuracy/);
  for (const [file, words] of [
    ['why.html', /What each part is worth/],
    ['why.ja.html', /それぞれの部分の価値/],
  ] as const) {
    const page = await readFile(at('s', file), 'utf8');
    expect(page).toMatch(words);
    expect(page).not.toMatch(/>(undefined|NaN|null)</);
  }
});

it('lets workers train: one killed in a trial, the search killed too, and no trial is lost', async () => {
  const queue = ['--queue', at('queue')];
  const until = async (child: ReturnType<typeof start>, text: RegExp) => {
    while (!text.test(child.err())) await sleep(50);
  };
  const search = start([...begin('q'), ...queue, '--ahead', '1', '--epochs', '0']);
  await until(search, /yosegi worker --queue/);
  const killed = start(['worker', ...queue]);
  await until(killed, /trial \d: ascan-micro \{.*\}, 1 epochs/);
  killed.kill('SIGKILL');
  const worker = start(['worker', ...queue]);
  await until(search, /trial 2 /);
  search.kill('SIGKILL');
  await search.ended;
  const before = await trialsIn('q');
  const text = await told('search', '--resume', '--out', at('q'), ...queue, '--trials', '4', '--epochs', '0');
  expect(text).toMatch(/[4-9] trials; what nothing beats/);
  expect(text).toMatch(/next: yosegi search --resume --hours 0 --epochs 60 --out .*q \(trains the best\)/);
  const trials = await trialsIn('q');
  expect(trials.slice(0, before.length)).toEqual(before);
  expect(new Set(trials.map(({ design, rung }) => `${design}/${rung}`)).size).toBe(trials.length);
  for (const { accuracy, seconds } of trials) expect([accuracy > 0, seconds > 0]).toEqual([true, true]);
  expect(await readdir(at('queue', 'trials'))).toEqual([]);
  worker.kill('SIGTERM');
  const { code, err } = await worker.ended;
  expect(code).toBe(143);
  expect(err).toMatch(/trial \d: \d+(\.\d)? %, \d+ s/);
});

it('from weights of the package: pairs beside them, with all or half of their channels, never below an accuracy; and why', async () => {
  await writeFile(
    at('adapted.json'),
    JSON.stringify({
      name: 'adapted',
      weights: 'box:ascan-micro-distilled',
      keep: { choose: [1, 0.5], as: 'kept' },
      adapters: { rank: { choose: [2, 4], as: 'rank' } },
    }),
  );
  const args = begin('a').map((arg) => (arg === at('small.json') ? at('adapted.json') : arg));
  const limits = ['--memory', '30MB', '--accuracy', '10%', '--trials', '3', '--ablate', '--epochs', '1'];
  const { code, out, err } = await start([...args, ...limits]).ended;
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/one choice of the best is changed at a time, 2 designs at most/),
  ]);
  expect(out).toMatch(/best: box:ascan-micro-distilled \{"keep":(1|0\.5),"adapters":\{"rank":(2|4)\}\}/);
  const trials = await trialsIn('a');
  for (const { memory, parameters } of trials) expect(memory).toBeGreaterThan(4 * 0.9 * parameters);
  const macs = new Set(trials.map((t) => t.macs));
  expect(Math.min(...macs) / Math.max(...macs)).toBeLessThan(0.6);
  expect(trials.filter(({ around }) => around !== undefined).length).toBeGreaterThanOrEqual(1);
  const run = JSON.parse(await readFile(at('a', 'winner', 'run.json'), 'utf8'));
  expect(run.options.adapters.rank).toBeOneOf([2, 4]);
  for (const [file, words] of [
    ['why.html', [/one choice changed/, /each block of the trained network/, /stages\.2\.blocks\.1/]],
    ['why.ja.html', [/選択を1つだけ変えた/, /各ブロックの働き/]],
  ] as const) {
    const page = await readFile(at('a', file), 'utf8');
    for (const some of words) expect(page).toMatch(some);
    expect(page).not.toMatch(/>(undefined|NaN|null)</);
  }
  // The blocks are left out of the very network that was trained.
  const whole = /of which the whole network has ([\d.]+)%/.exec(await readFile(at('a', 'why.html'), 'utf8'))![1];
  expect(await told('eval', at('a', 'winner'), '--split', 'val')).toMatch(new RegExp(`accuracy\\s+${whole} %`));
});

it('with early exits: judged as pictures leave, and the winner ships with what was decided of them', async () => {
  const { train } = JSON.parse(await readFile(join(pictures, 'split.json'), 'utf8')) as { train: string[] };
  for (const kind of ['red-iron', 'finishing-roll-printing']) {
    for (const [i, file] of train.filter((f) => f.includes(`${kind}/`)).entries()) {
      const folder = at('split', i < 10 ? 'train' : 'val', kind);
      await mkdir(folder, { recursive: true });
      if (i < 24) await cp(join(pictures, 'images', file), join(folder, file.split('/').at(-1)!));
    }
  }
  const { name, about, model, overrides } = space;
  const exits = { choose: [8, 16], as: 'latents' };
  const widths = [8, 8, 32, 32];
  await writeFile(
    at('exits.json'),
    JSON.stringify({ name, about, model, exits, overrides: { ...overrides, widths, layout: 'C|C|C|C', expand: 2 } }),
  );
  const args = begin('e').map((arg) =>
    arg === at('small.json') ? at('exits.json') : arg === at('images') ? at('split') : arg,
  );
  const { code, err } = await start([...args, '--trials', '2', '--epochs', '1']).ended;
  expect([code, err]).toEqual([0, expect.stringMatching(/ms \([\d.]+ to the end\)/)]);
  for (const { ms, exits } of await trialsIn('e')) {
    expect(exits.leaving.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 6);
    expect(ms).toBeLessThanOrEqual(exits.end);
  }
  const decided = JSON.parse(await readFile(at('e', 'winner', 'exits.json'), 'utf8'));
  expect(decided.policy.thresholds.length).toBe(decided.exits.length - 1);
  expect(await readFile(at('e', 'why.html'), 'utf8')).toMatch(/Pictures leave early: at the exits .*%/);
  expect(await readFile(at('e', 'why.ja.html'), 'utf8')).toMatch(/各出口で終わる割合/);
});

it('keeps to its limits, and says so', async () => {
  const search = async (out: string, trials: number) => {
    const args = [...begin(out), '--ms', '0.0001', '--trials', String(trials), '--epochs', '1'];
    return start(args, { env: { YOSEGI_CACHE: at('cache') } }).ended;
  };
  const { out, err } = await search('limited', 2);
  expect(out).toMatch(/no design kept to the limits in 2 trials/);
  // Another search knows what this one has measured of the same networks' parts.
  expect(err).toMatch(/times of blocks: 0 kept from before, [1-9]\d* measured \(.*cache.blocks.*\.json\)/);
  expect((await search('again', 1)).err).toMatch(/times of blocks: [1-9]\d* kept from before/);
  expect((await trialsIn('limited')).map(({ refused }) => refused)).toEqual(Array(2).fill('above the limit of ms'));
});

it('says what is wrong before it looks at a picture', async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await yosegi('search', ...args);
    expect(code).toBe(1);
    return err;
  };
  await writeFile(
    at('wrong.json'),
    JSON.stringify({ ...space, overrides: { stem: { choose: [8], as: 'a' }, expand: { product: ['b'] } } }),
  );
  expect(await refused(at('images'), '--space', at('wrong.json'), '--out', at('no'))).toMatch(
    /a choice 'b', which it has not/,
  );
  expect(await refused(at('images'), '--space', 'turbovti', '--out', at('no'))).toMatch(/turbovit/);
  expect(await refused(at('images'), '--space', at('exits.json'), '--out', at('no'))).toMatch(
    /at least 20 validated pictures, and .*images has \d+: take more/,
  );
  expect(await refused('--out', at('no'))).toMatch(/which folder of images/);
  expect(await refused('--resume', '--out', at('images'))).toMatch(/is no search/);
  await writeFile(at('cut.json'), '{"name": "s", ');
  expect(await refused(at('images'), '--space', at('cut.json'), '--out', at('no'))).toMatch(/cut\.json .*example/);
  await cp(at('s'), at('damaged'), { recursive: true });
  await writeFile(at('damaged', 'trials.jsonl'), '{"number": 0}\n');
  expect(await refused('--resume', '--out', at('damaged'))).toMatch(/trials\.jsonl, line 1, .*Take this line/s);
  expect(await refused('--resume', '--ms', '3', '--out', at('s'))).toMatch(/leave out --ms/);
  expect(await refused(...begin('s').slice(1))).toMatch(/already holds a search/);
  expect(await refused(at('images'), '--space', 'ascan', '--out', at('images'))).toMatch(/is not empty and no search/);
});
