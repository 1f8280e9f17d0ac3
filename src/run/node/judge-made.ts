import { join } from 'node:path';
import { permutation, random } from '../../base/random.ts';
import type { Image } from '../../data/image.ts';
import { lookOf, nearestOf, shareOfCopies } from '../../feed/copies.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { rowsSheet, writePng } from '../../feed/node/sheet.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { MadeFigures } from '../../tasks/making.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Judged as TaskEvaluation } from '../../tasks/page.ts';
import type { EvaluatedSplit } from '../../tasks/task.ts';
import type { JudgedSet } from '../provenance.ts';
import { fileFeatures } from './feature-file.ts';
import { boxFeatures } from './features.ts';
import { looksOf, pixelsOf } from './looks.ts';
import { bestMaker } from './maker.ts';
import type { LoadedRun } from './run-folder.ts';
import { openRunImages } from './run-images.ts';

/** How pictures are made and judged. */
export interface MadeOptions {
  /** Of a task that makes pictures: how many are made and compared with real ones; 0 for none. Default: as many as are judged, at most 300. */
  readonly made?: number;
  /** Options of making, such as `steps` and `guidance`, of which some may be missing. */
  readonly making?: Readonly<Record<string, unknown>>;
  /** An .onnx file that the features are taken of, in place of the network in the box. */
  readonly features?: string;
  /** While pictures are made and looked at; `what` says which. */
  readonly onMade?: (what: string, done: number, of: number) => void;
  readonly onNotice?: (message: string) => void;
}

interface Judging {
  readonly dataset: Dataset;
  readonly split: EvaluatedSplit;
  readonly set: JudgedSet;
  /** What is known already. */
  readonly judged: TaskEvaluation;
  /** Pictures to make. */
  readonly wanted: number;
  readonly runtime: Runtime;
  readonly options: MadeOptions;
}

/** Pairs that are kept, and shown on the sheet, in so many rows of made pictures above the most alike ones that were trained on. */
const KEPT = 24;
const ACROSS = 12;
/** With fewer test pictures, those of validation, which were not trained on either, stand beside them. */
const FEW = 100;

/**
 * The evaluation with what is found of pictures that the network makes, of the judged pictures' classes or captions in turn, with seeds from 0 on. They
 * are compared with the judged pictures and with as many that were trained on, by features; and each with all that were trained on, by
 * brightness in 16 × 16 cells. `nearest.png` in the run's folder shows the pairs that are most alike.
 */
export async function withMade(
  loaded: LoadedRun,
  task: NodeTask,
  { dataset, split, set, judged, wanted, runtime, options }: Judging,
): Promise<TaskEvaluation> {
  const { onMade = () => {}, onNotice } = options;
  const { folder, run } = loaded;
  const { classes, preprocessing: p } = run;
  // First, as the file may be none.
  const network = await (options.features === undefined
    ? boxFeatures(runtime)
    : fileFeatures(options.features, runtime));
  const own = await openRunImages(folder, run, task, { of: ['train', 'val'], onNotice });
  try {
    const items = dataset.items[split];
    const wishes = items.map(({ target }) => task.makes!.wish(target));
    const asked = Array.from({ length: wanted }, (_, i) => ({ ...wishes[i % wishes.length]!, seed: i }));
    const making = task.makes!.options.parse(options.making ?? {});
    const maker = await bestMaker(loaded, runtime);
    const { pictures: made, evaluations } = await maker.make(asked, {
      making,
      onStep: (done, of) => onMade('making pictures', Math.floor((done * wanted) / of), wanted),
    });
    await maker.close();
    const beside = set.kind === 'own' && split === 'test' && items.length < FEW ? own.dataset.items.val : [];
    const real = [...(await pixelsOf(dataset, items, p)), ...(await pixelsOf(own.dataset, beside, p))];
    const learned = own.dataset.items.train;
    const some = Array.from(permutation(random(0, 'made'), learned.length).slice(0, real.length), (i) => learned[i]!);
    const features = (what: string, of: readonly Image[]) =>
      network.of(of, (done) => onMade(`features of ${what} pictures`, done, of.length));
    const sets = [
      await features('real', real),
      await features('made', made),
      await features('trained-on', await pixelsOf(own.dataset, some, p)),
    ] as const;
    const known = await looksOf(own.dataset, learned, p, (done, of) => onMade('looking for copies', done, of));
    const looks = made.map(lookOf);
    const pairs = looks
      .map((look, i) => ({ i, ...nearestOf(look, known) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, KEPT);
    const figures: MadeFigures = {
      ...{ pictures: made.length, making, evaluations, features: network.name, fid: network.fid },
      real: { pictures: real.length, ofValidation: beside.length },
      ...task.makes!.compare(...sets),
      copies: shareOfCopies(looks, known),
      copiesReal: shareOfCopies(real.map(lookOf), known),
      nearest: pairs.map(({ i, at, distance }) => {
        const { label, text, seed } = asked[i]!;
        return { label: text ?? classes[label ?? -1] ?? '', seed, file: learned[at]!.path, distance };
      }),
    };
    const alike = await pixelsOf(
      own.dataset,
      pairs.map(({ at }) => learned[at]!),
      p,
    );
    const file = join(folder, 'nearest.png');
    await writePng(
      file,
      await nearestSheet(
        pairs.map(({ i }) => made[i]!),
        alike,
      ),
    );
    onNotice?.(`made pictures beside the most alike that were trained on: ${file}`);
    return task.evaluation.parse(task.makes!.withMade(judged, figures));
  } finally {
    await network.close();
    await own.dataset.close();
  }
}

/** Made pictures in rows, and under each the most alike one that was trained on. */
const nearestSheet = (made: readonly Image[], alike: readonly Image[]): Promise<Image> =>
  rowsSheet(
    Array.from({ length: Math.ceil(made.length / ACROSS) }, (_, r) => {
      const [from, to] = [r * ACROSS, (r + 1) * ACROSS];
      return [
        { name: 'made', pictures: made.slice(from, to) },
        { name: 'most alike, trained on', pictures: alike.slice(from, to) },
      ];
    }).flat(),
  );
