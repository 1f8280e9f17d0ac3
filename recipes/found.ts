import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { isFileAt } from '../src/base/node/there.ts';
import type { Beginning } from '../src/search/node/begin.ts';
import { readSearch, readTrials, SEARCH_FILE, writeSearch, writeTrials } from '../src/search/node/journal.ts';
import { searchRun } from '../src/search/node/search-run.ts';
import { winnerOf } from '../src/search/search.ts';
import { settleModel, spaceOf } from '../src/search/space.ts';
import { spaceNamed } from '../src/search/spaces/spaces.ts';
import { reportBeside } from './beside.ts';
import { type Result, recorded, root, seedsOf } from './carry-out.ts';
import {
  carryOutLeft,
  fromScratch,
  type Length,
  LONGER,
  lengths,
  type Network,
  type PlaceName,
  places,
  placeText,
  SIZE,
} from './small.ts';
import { type Timed, timeInTurns, timesOf } from './time-in-turns.ts';

/**
 * `npx tsx recipes/found.ts [x-sdd,clothing] [--seeds n | 1,2] [--longer]`: networks that a search found beside those of the registry, all made to take at most
 * 0.4 ms for a picture of 64 pixels on one thread of the machine that searched; trained alike from random weights, `--longer` for four times as many epochs. `search [x-sdd,clothing] [--space efficientformerv2]` searches
 * for twenty minutes of one core each and writes recipes/search/; `time` times all in turns (to be called on a quiet machine), `report` prints the tables and
 * draws docs/found.svg. Goes on where it was stopped. Writes recipes/found.json, recipes/found-times.json and recipes/logs/found/.
 */
const [FILE, TIMES] = ['found.json', 'found-times.json'];
const [MS, HOURS] = [0.4, 1 / 3];
const placeNames = Object.keys(places) as PlaceName[];
/** Where the designs come from; those of the first are told without its name. */
const spaces = ['ascan', 'efficientformerv2'] as const;
type SpaceName = (typeof spaces)[number];
const searchName = (place: string, space: SpaceName) => (space === 'ascan' ? place : `${place}-${space}`);
const searchOf = (name: string) => join(root, 'recipes/search', name);

/** Variants of the registry, narrowed until they take about as long. At these widths Hiera-T is TurboViT's R1. */
const handMade: Readonly<Record<string, Network>> = {
  'ascan-micro': { model: 'ascan-micro', overrides: {} },
  'ascan-nano': { model: 'ascan-nano', overrides: { stem: 16, widths: [16, 32, 64, 128], headDim: 16 } },
  turbovit_r1: { model: 'turbovit_r1', overrides: { widths: [16, 32, 64, 128] } },
  turbovit_r2: { model: 'turbovit_r2', overrides: { widths: [32, 16, 64, 144] } },
  turbovit_r3: { model: 'turbovit_r3', overrides: { widths: [32, 24, 64, 144] } },
  mobilenetv3_large_075: { model: 'mobilenetv3_large_075', overrides: {} },
  efficientformerv2_s0: { model: 'efficientformerv2_s0', overrides: { widths: [16, 24, 48, 88] } },
};

/** What was found for each data set that was searched. */
async function found(): Promise<ReadonlyMap<string, Network>> {
  const networks = new Map<string, Network>();
  for (const name of spaces.flatMap((space) => placeNames.map((place) => searchName(place, space)))) {
    const folder = searchOf(name);
    if (!(await isFileAt(join(folder, SEARCH_FILE)))) continue;
    const record = await readSearch(folder);
    const winner = winnerOf(await readTrials(folder), record);
    if (winner) networks.set(`found on ${name}`, settleModel(spaceOf(record.space, folder), winner.design));
  }
  return networks;
}
const all = async () => new Map([...Object.entries(handMade), ...(await found())]);

async function searchOn(place: PlaceName, space: SpaceName): Promise<void> {
  const name = searchName(place, space);
  const out = join(tmpdir(), 'yosegi-recipes', 'search', name);
  const begin: Beginning = {
    ...{ data: places[place].data, space: spaceNamed(space), size: SIZE, generator: 'learned', limits: { ms: MS } },
    ...{
      weights: { accuracy: 2, parameters: 0, macs: 0, ms: 0 },
      rungs: [2, 6, 12],
      seed: 0,
      train: { batch: 32, threads: 1 },
    },
  };
  const { record, trials } = await searchRun({
    ...{ out, epochs: 0, seconds: 3600 * HOURS },
    ...(!(await isFileAt(join(out, SEARCH_FILE))) && { begin }),
    onTrial: (t, { record }) => console.error(`${t.number} ${record.rungs[t.rung]} ${t.accuracy ?? t.refused} ${t.ms}`),
  });
  await mkdir(searchOf(name), { recursive: true });
  // Whoever reads it has the folders elsewhere.
  await writeSearch(searchOf(name), { ...record, data: relative(root, record.data) });
  await writeTrials(searchOf(name), trials);
  const seconds = trials.reduce((s, t) => s + t.seconds, 0);
  console.log(`${name}: ${trials.length} trials, ${((3600 * trials.length) / seconds).toFixed(0)} an hour`);
}

const nameOf = (place: string, network: string, length: Length) =>
  `found/${placeText(place, length)}-${network.replaceAll(' ', '-')}`;

async function trainOn(place: PlaceName, seed: number, length: Length): Promise<void> {
  const { data, epochs } = places[place];
  const recipes = [...(await all())].map(
    ([name, n]) => [nameOf(place, name, length), fromScratch(n, data, length * epochs)] as const,
  );
  await carryOutLeft(new Map(recipes), seed, FILE);
}

async function report(): Promise<void> {
  const results = await recorded<Result>(FILE);
  const { networks } = await timesOf(TIMES);
  const seedsOfNetwork = (place: string, name: string, length: Length, { macs, parameters }: Timed) =>
    results
      .filter((r) => r.name === nameOf(place, name, length))
      .map(({ test, processor = 0 }) => ({ figures: { accuracy: test }, macs, parameters, processor }));
  const tasks = placeNames.flatMap((place) =>
    lengths.map((length) => ({
      title: `${place}, ${length * places[place].epochs} epochs`,
      rows: Object.entries(networks)
        .map(([name, timed]) => ({
          ...{ name, timed, marked: name.startsWith('found') },
          seeds: seedsOfNetwork(place, name, length, timed),
        }))
        .filter(({ seeds }) => seeds.length > 0),
    })),
  );
  await reportBeside(
    'found.svg',
    tasks.filter(({ rows }) => rows.length > 0),
  );
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    longer: { type: 'boolean', default: false },
    space: { type: 'string', default: 'ascan' },
  },
});
const verbs = ['search', 'time', 'report'];
const [verb, ...named] = verbs.includes(positionals[0]!) ? positionals : ['train', ...positionals];
const chosen =
  named.length > 0
    ? named
        .join()
        .split(',')
        .map((name) => oneOf('data', name, placeNames))
    : placeNames;
if (verb === 'search') for (const place of chosen) await searchOn(place, oneOf('space', values.space, spaces));
else if (verb === 'time') await timeInTurns(await all(), TIMES);
else if (verb === 'report') await report();
else
  for (const seed of seedsOf(values.seeds, 3))
    for (const place of chosen) await trainOn(place, seed, values.longer ? LONGER : 1);
