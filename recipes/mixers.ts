import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { markdownTable } from '../src/base/text/table.ts';
import { type Recipe, type Result, recorded, seedsOf } from './carry-out.ts';
import { shareOf } from './few.ts';
import { carryOutLeft, fromScratch, type Network, places } from './small.ts';
import { spreadText } from './spread.ts';
import { type Times, timeInTurns, timesOf } from './time-in-turns.ts';

/**
 * `npx tsx recipes/mixers.ts [--seeds n | 1,2]`: MRL against multi-head attention (arXiv 2208.13975) in the bodies of three families, on 10, 30 and 100 %
 * of X-SDD's training pictures, from scratch, as many steps for each share; goes on where it was stopped. `time` times all in turns (to be called on a
 * quiet machine), `report` prints what came out. Writes recipes/mixers.json, recipes/mixers-times.json and recipes/logs/mixers/.
 */
const FILE = 'mixers.json';
const TIMES = 'mixers-times.json';
const shares = [0.1, 0.3, 1] as const;
const mixers = ['mha', 'mrl'] as const;
type Mixer = (typeof mixers)[number];

/** Narrow bodies whose grids at 64 pixels leave something to mix; all but the mixer is the same. */
const bodies: Readonly<Record<string, Network>> = {
  ascan: { model: 'ascan-nano', overrides: { stem: 16, widths: [16, 32, 64, 128], headDim: 16 } },
  vit: { model: 'deit_tiny_patch16_224', overrides: { patch: 8, width: 96, depth: 6, heads: 3, pool: 'mean' } },
  mrl: {
    model: 'mrl_13',
    overrides: { widths: [32, 64, 128], heads: [1, 2, 4], depths: [1, 2, 4], localGroups: [1, 2, 4] },
  },
};
const networks = new Map(
  Object.entries(bodies).flatMap(([body, { model, overrides }]) =>
    mixers.map((mixer) => [`${body}-${mixer}`, { model, overrides: { ...overrides, mixer } }] as const),
  ),
);
const nameOf = (network: string, share: number) => `mixers/${network}-${Math.round(100 * share)}`;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
const what = oneOf('what', positionals[0] ?? 'all', ['all', 'time', 'report']);
if (what === 'time') await timeInTurns(networks, TIMES);
else if (what === 'report') await report();
else for (const seed of seedsOf(values.seeds, 3)) await trainAll(seed);

async function trainAll(seed: number): Promise<void> {
  for (const share of shares) {
    const { data: whole, epochs } = places['x-sdd'];
    const data = share === 1 ? whole : await shareOf(whole, share, seed);
    // As many steps as with all pictures: otherwise few pictures would mean a short training too.
    const as = (network: Network): Recipe => fromScratch(network, data, Math.round(epochs / share));
    await carryOutLeft(new Map([...networks].map(([name, n]) => [nameOf(name, share), as(n)])), seed, FILE);
    if (data !== whole) await rm(data, { recursive: true, force: true });
  }
}

async function report(): Promise<void> {
  const results = await recorded<Result>(FILE);
  const times = await timesOf(TIMES);
  const of = (body: string, mixer: Mixer, share: number) =>
    results
      .filter((r) => r.name === nameOf(`${body}-${mixer}`, share))
      .sort((a, b) => a.seed - b.seed)
      .map((r) => r.test);
  const rows = Object.keys(bodies).flatMap((body) => [
    ...mixers.map((mixer) => rowOf(times, body, mixer, (share) => of(body, mixer, share))),
    [
      `${body}: MRL ahead by, points`,
      ...['', '', ''],
      ...shares.map((share) => {
        const mha = of(body, 'mha', share);
        return spreadText(of(body, 'mrl', share).flatMap((v, i) => (mha[i] === undefined ? [] : [v - mha[i]])));
      }),
    ],
  ]);
  const heads = shares.map((share) => `${Math.round(100 * share)} % of the pictures`);
  console.log(markdownTable([['body, mixer', 'parameters', 'MACs', 'ms', ...heads], ...rows]));
}

function rowOf(times: Times, body: string, mixer: Mixer, accuracies: (share: number) => readonly number[]): string[] {
  const { parameters, macs, ms } = times.networks[`${body}-${mixer}`]!;
  return [
    `${body}, ${mixer}`,
    `${(parameters / 1e6).toFixed(2)} M`,
    `${(macs / 1e6).toFixed(1)} M`,
    ms.median.toFixed(2),
    ...shares.map((share) => spreadText(accuracies(share))),
  ];
}
