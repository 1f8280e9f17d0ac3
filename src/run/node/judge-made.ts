import { join } from 'node:path';
import pMap from 'p-map';
import { permutation, random } from '../../base/random.ts';
import type { Image } from '../../data/image.ts';
import { useSource } from '../../data/node/source.ts';
import { fit as fitTo } from '../../data/preprocess.ts';
import { greyDistance, isNear, meanColour, type Small, smallGrey } from '../../feed/near.ts';
import type { Dataset, Item } from '../../feed/node/dataset.ts';
import { rowsSheet, writePng } from '../../feed/node/sheet.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { MadeFigures } from '../../tasks/making.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Judged as TaskEvaluation } from '../../tasks/page.ts';
import type { EvaluatedSplit } from '../../tasks/task.ts';
import { featureNetwork } from './features.ts';
import { bestMaker } from './maker.ts';
import type { LoadedRun } from './run-folder.ts';
import { openRunImages } from './run-images.ts';

interface Judging {
  readonly dataset: Dataset;
  readonly split: EvaluatedSplit;
  /** What is known already. */
  readonly judged: TaskEvaluation;
  /** Pictures to make. */
  readonly wanted: number;
  readonly runtime: Runtime;
  readonly options: {
    readonly onNotice?: (message: string) => void;
    readonly onBatch?: (done: number, of: number) => void;
  };
}

/** Pairs that are kept, and shown on the sheet, in so many rows of made pictures above the most alike ones that were trained on. */
const KEPT = 24;
const ACROSS = 12;

/**
 * The evaluation with what is found of pictures that the network makes, of the judged pictures' classes in turn, with seeds from 0 on. They
 * are compared with the judged pictures and with as many that were trained on, by features; and each with all that were trained on, by
 * brightness in 16 × 16 cells. `nearest.png` in the run's folder shows the pairs that are most alike.
 */
export async function withMade(
  loaded: LoadedRun,
  task: NodeTask,
  { dataset, split, judged, wanted, runtime, options }: Judging,
): Promise<TaskEvaluation> {
  const { onBatch, onNotice } = options;
  const { folder, run } = loaded;
  const { classes, preprocessing } = run;
  const maker = await bestMaker(loaded, runtime);
  const items = dataset.items[split];
  const labels = items.map(({ target }) => task.shows(target)[0]!);
  const asked = Array.from({ length: wanted }, (_, i) => ({ label: labels[i % labels.length]!, seed: i }));
  const { pictures: made, evaluations } = await maker.make(asked, { onStep: onBatch });
  await maker.close();
  const pixels = (of: readonly Item[], from: Dataset) =>
    pMap(of, ({ source }) => useSource(source, from.engine.decode, ({ image }) => fitTo(image, preprocessing)), {
      concurrency: 4,
    });
  const own = await openRunImages(folder, run, task, { of: ['train'], onNotice });
  try {
    const learned = own.dataset.items.train;
    const [real, trained] = [await pixels(items, dataset), await pixels(learned, own.dataset)];
    const network = await featureNetwork(runtime);
    const few = permutation(random(0, 'made'), trained.length).slice(0, real.length);
    const features = async (of: readonly Image[]) => network.of(of, (done) => onBatch?.(done, of.length));
    const sets = [
      await features(real),
      await features(made),
      await features(Array.from(few, (i) => trained[i]!)),
    ] as const;
    await network.close();
    const known = trained.map(small);
    const looks = made.map(small);
    const pairs = looks
      .map((look, i) => ({ i, ...nearestOf(look, known) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, KEPT);
    const figures: MadeFigures = {
      pictures: made.length,
      making: task.makes!.options.parse({}),
      evaluations,
      features: network.name,
      ...task.makes!.compare(...sets),
      copies: shareOf(looks, known),
      copiesReal: shareOf(real.map(small), known),
      nearest: pairs.map(({ i, at, distance }) => {
        const { label, seed } = asked[i]!;
        return { label: classes[label]!, seed, file: learned[at]!.path, distance };
      }),
    };
    const rows = Array.from({ length: Math.ceil(pairs.length / ACROSS) }, (_, r) =>
      pairs.slice(r * ACROSS, (r + 1) * ACROSS),
    ).flatMap((some) => [
      { name: 'made', pictures: some.map(({ i }) => made[i]!) },
      { name: 'most alike, trained on', pictures: some.map(({ at }) => trained[at]!) },
    ]);
    const file = join(folder, 'nearest.png');
    await writePng(file, await rowsSheet(rows));
    onNotice?.(`made pictures beside the most alike that were trained on: ${file}`);
    return task.evaluation.parse(task.makes!.withMade(judged, figures));
  } finally {
    await own.dataset.close();
  }
}

const small = (picture: Image): Small => ({ grey: smallGrey(picture), colour: meanColour(picture) });

function nearestOf(picture: Small, known: readonly Small[]): { at: number; distance: number } {
  let [at, distance] = [0, Number.POSITIVE_INFINITY];
  known.forEach((other, i) => {
    const d = greyDistance(picture, other);
    if (d < distance) [at, distance] = [i, d];
  });
  return { at, distance };
}

/** Share of the pictures that are nearly equal to a known one. */
const shareOf = (pictures: readonly Small[], known: readonly Small[]): number =>
  pictures.filter((picture) => known.some((other) => isNear(picture, other))).length / pictures.length;
