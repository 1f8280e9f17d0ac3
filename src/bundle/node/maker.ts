import sharp from 'sharp';
import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { type Preprocessing, preprocessingSchema } from '../../data/preprocess.ts';
import { type Maker, type MakerPrograms, makerOf } from '../../run/maker.ts';
import { shapeOf } from '../../run/node/captions/open.ts';
import { runMaker } from '../../run/node/maker.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { labelsSchema } from '../contents.ts';
import { MAKING, type MakingFile, makingSchema } from '../making.ts';
import type { Manifest } from '../manifest.ts';
import { BundleError } from './listed.ts';
import { json } from './write.ts';

/** Pictures that go along, to be made again. */
const GOLDEN = 4;
/** How far a byte of a picture that is made again may be off, after all steps on another machine. */
const BYTES = 3;

const pathOf = (i: number) => `golden/made-${i}.png`;

/** What a bundle has besides, where its model makes pictures: making.json, and golden pictures that this model makes of seeds. */
export async function makingFiles(
  { run }: LoadedRun,
  programs: MakerPrograms,
): Promise<(readonly [string, string | Uint8Array])[]> {
  const task = taskNamed(run.task);
  const taskOptions = taskOptionsOf(run);
  const examples = run.captions?.examples;
  const golden = Array.from({ length: GOLDEN }, (_, seed) => ({
    ...(examples ? { text: examples[seed % examples.length] ?? '' } : { label: seed % run.classes.length }),
    seed,
  }));
  const making = task.makes!.options.parse({});
  const { pictures } = await runMaker(run, programs).make(golden);
  const file: MakingFile = {
    ...{ task: { ...task.makes!.shipped(taskOptions) }, making, golden, ...(examples && { examples }) },
    steps: [...task.makes!.levels(taskOptions, making)],
  };
  return [
    [MAKING, json(file)],
    ...(await Promise.all(pictures.map(async (p, i) => [pathOf(i), await png(p)] as const))),
  ];
}

const png = async ({ data, width, height }: Image): Promise<Uint8Array> =>
  Uint8Array.from(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 9 })
      .toBuffer(),
  );

/** A bundle's model as a maker. */
export function bundleMaker(
  { task: name, model }: Manifest,
  { labels, preprocessing, making }: { labels: readonly string[]; preprocessing: Preprocessing; making: MakingFile },
  programs: MakerPrograms,
): Maker {
  const task = taskNamed(name);
  return makerOf({
    ...{ task, taskOptions: making.task, classes: labels, shape: model, preprocessing },
    ...programs,
  });
}

/** making.json, read. */
export function readMaking(bytes: Uint8Array): MakingFile {
  const parsed = makingSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw new BundleError(MAKING, 'does not say how pictures are made');
  return parsed.data;
}

/**
 * Makes a bundle's golden pictures again.
 * @throws YosegiError that says which is another
 */
export async function makeAgain(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  programs: MakerPrograms,
): Promise<number> {
  const parse = (path: string) => JSON.parse(new TextDecoder().decode(files.get(path)));
  const making = readMaking(files.get(MAKING)!);
  const labels = labelsSchema.parse(parse('labels.json'));
  const preprocessing = preprocessingSchema.parse(parse('preprocessing.json'));
  const maker = bundleMaker(manifest, { labels, preprocessing, making }, programs);
  const { pictures } = await maker.make(making.golden, { making: making.making });
  for (const [i, picture] of pictures.entries()) {
    const wanted = await decodeImage(files.get(pathOf(i))!, {});
    const off = picture.data.reduce((most, v, k) => Math.max(most, Math.abs(v - wanted.data[k]!)), 0);
    check(off <= BYTES, () => `${pathOf(i)} comes out otherwise: a byte is off by ${off} (${BYTES} would do)`);
  }
  return pictures.length;
}

/** Golden inputs of a model that makes pictures: noise in the picture's place, its other inputs spread over what they may be. */
export const goldenNoise = ({ run, model }: LoadedRun, count: number): Record<string, Tensor> =>
  taskNamed(run.task).makes!.golden(
    count,
    [run.channels, ...model.size],
    run.classes.length,
    shapeOf(run, taskNamed(run.task)),
  );
