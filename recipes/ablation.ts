import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { markdownTable } from '../src/base/text/table.ts';
import { modelEntry, modelNames } from '../src/models/registry.ts';
import { spotOf } from './beside.ts';
import { type Result, recorded, seedsOf } from './carry-out.ts';
import { writePicture } from './picture.ts';
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
} from './small.ts';
import { spreadText } from './spread.ts';
import { type Times, timeInTurns, timesOf } from './time-in-turns.ts';

/**
 * `npx tsx recipes/ablation.ts [x-sdd|clothing] [--seeds n | 1,2] [--longer]`: AsCAN's ablation grid (papers/ascan.md §2): where convolution stands and where
 * attention, at equal numbers of blocks, from scratch on two data sets, `--longer` for four times as many epochs; goes on where it was stopped. `time` times all layouts in turns
 * (to be called on a quiet machine), `report` prints what came out and draws docs/ablation.svg. Writes recipes/ablation.json, recipes/ablation-times.json and recipes/logs/ablation/.
 */
const FILE = 'ablation.json';
const TIMES = 'ablation-times.json';
const PREFIX = 'ascan-nano-';
const OURS = 'asymmetric';

/** The layouts of the registry's grid, narrowed so that a training takes about a minute of one core. */
const networks: ReadonlyMap<string, Network> = new Map(
  modelNames()
    .filter((name) => name.startsWith(PREFIX) && modelEntry(name).family === 'ascan')
    .map((model) => [
      model.slice(PREFIX.length),
      { model, overrides: { stem: 16, widths: [16, 32, 64, 128], headDim: 16 } },
    ]),
);
const placeNames = Object.keys(places) as PlaceName[];
const nameOf = (place: string, layout: string, length: Length) => `ablation/${placeText(place, length)}-${layout}`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string' }, longer: { type: 'boolean', default: false } },
});
const [what = 'all'] = positionals;
oneOf('what', what, ['all', ...placeNames, 'time', 'report']);
if (what === 'time') await timeInTurns(networks, TIMES);
else if (what === 'report') await report();
else
  await trainAll(
    placeNames.filter((place) => what === 'all' || place === what),
    values.longer ? LONGER : 1,
  );

/** All layouts on all data with one seed before the next. */
async function trainAll(chosen: readonly PlaceName[], length: Length): Promise<void> {
  for (const seed of seedsOf(values.seeds, 3))
    for (const place of chosen) {
      const { data, epochs } = places[place];
      const recipes = [...networks].map(
        ([layout, n]) => [nameOf(place, layout, length), fromScratch(n, data, length * epochs)] as const,
      );
      await carryOutLeft(new Map(recipes), seed, FILE);
    }
}

async function report(): Promise<void> {
  const results = await recorded<Result>(FILE);
  const times = await timesOf(TIMES);
  const begun = placeNames.flatMap((place) =>
    lengths.flatMap((length) => {
      const of = (layout: string) =>
        results.filter((r) => r.name === nameOf(place, layout, length)).sort((a, b) => a.seed - b.seed);
      const ours = of(OURS);
      const { images, epochs } = ours[0] ?? {};
      const title = `${place}, ${epochs} epochs, ${images} test pictures, ${ours.length} seed(s)`;
      return ours.length === 0 ? [] : [{ title, accuracies: (layout: string) => of(layout).map((r) => r.test) }];
    }),
  );
  for (const { title, accuracies } of begun) console.log(`${title}\n${tableOf(times, accuracies)}\n`);
  await writePicture(
    'ablation.svg',
    begun.map(({ title, accuracies }) => ({
      title,
      spots: [...networks.keys()].map((layout) =>
        spotOf({ name: layout, marked: layout === OURS }, times.networks[layout]!, accuracies(layout)),
      ),
    })),
  );
}

function tableOf(times: Times, accuracies: (layout: string) => readonly number[]): string {
  const ours = accuracies(OURS);
  return markdownTable([
    [
      'layout',
      'parameters',
      'MACs',
      'ms: least, median',
      'pictures/s at 64',
      'test accuracy, %',
      'asymmetric ahead by, points',
    ],
    ...[...networks.keys()].map((layout) => {
      const { parameters, macs, ms, picturesPerSecond } = times.networks[layout]!;
      const own = accuracies(layout);
      // Seed by seed, as the same seed draws the same order of pictures.
      const ahead = ours.flatMap((a, i) => (own[i] === undefined ? [] : [a - own[i]]));
      return [
        layout,
        `${(parameters / 1e6).toFixed(2)} M`,
        `${(macs / 1e6).toFixed(1)} M`,
        `${ms.least.toFixed(2)}, ${ms.median.toFixed(2)}`,
        picturesPerSecond.toFixed(0),
        spreadText(own),
        layout === OURS ? '' : spreadText(ahead),
      ];
    }),
  ]);
}
