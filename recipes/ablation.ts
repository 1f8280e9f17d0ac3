import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { markdownTable } from '../src/base/text/table.ts';
import { modelEntry, modelNames } from '../src/models/registry.ts';
import { type Result, recorded } from './carry-out.ts';
import { writePicture } from './picture.ts';
import { carryOutLeft, fromScratch, type Network, type PlaceName, places } from './small.ts';
import { spread, spreadText } from './spread.ts';
import { type Times, timeInTurns, timesOf } from './time-in-turns.ts';

/**
 * `npx tsx recipes/ablation.ts [x-sdd|clothing] [--seeds 0,1,2]`: AsCAN's ablation grid (papers/ascan.md §2): where convolution stands and where
 * attention, at equal numbers of blocks, from scratch on two data sets; goes on where it was stopped. `time` times all layouts in turns
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
const nameOf = (place: string, layout: string) => `ablation/${place}-${layout}`;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
const [what = 'all'] = positionals;
oneOf('what', what, ['all', ...placeNames, 'time', 'report']);
if (what === 'time') await timeInTurns(networks, TIMES);
else if (what === 'report') await report();
else await trainAll(placeNames.filter((place) => what === 'all' || place === what));

/** All layouts on all data with one seed before the next. */
async function trainAll(chosen: readonly PlaceName[]): Promise<void> {
  for (const seed of (values.seeds ?? '0,1,2').split(',').map(Number))
    for (const place of chosen) {
      const { data, epochs } = places[place];
      const recipes = [...networks].map(
        ([layout, n]) => [nameOf(place, layout), fromScratch(n, data, epochs)] as const,
      );
      await carryOutLeft(new Map(recipes), seed, FILE);
    }
}

async function report(): Promise<void> {
  const results = await recorded<Result>(FILE);
  const times = await timesOf(TIMES);
  const of = (place: string, layout: string) =>
    results.filter((r) => r.name === nameOf(place, layout)).sort((a, b) => a.seed - b.seed);
  const accuracies = (place: string, layout: string) => of(place, layout).map((r) => r.test);
  const begun = placeNames.filter((place) => of(place, OURS).length > 0);
  for (const place of begun) console.log(`${place}\n${tableOf(times, (layout) => accuracies(place, layout))}\n`);
  await writePicture(
    'ablation.svg',
    begun.map((place) => ({
      title: `${place}, ${of(place, OURS)[0]?.images} test pictures, ${of(place, OURS).length} seed(s)`,
      spots: [...networks.keys()].map((layout) => ({
        name: layout,
        marked: layout === OURS,
        // What else a machine does only ever makes it slower.
        ms: times.networks[layout]!.ms.least,
        accuracy: spread(accuracies(place, layout)),
      })),
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
