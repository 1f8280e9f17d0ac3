import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { classifier } from '../../models/model.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import type { Clocked } from '../calibration/on-the-clock.ts';
import type { Policy } from '../policy/policy.ts';
import { type CutModel, cutAtExits, hasExits } from '../program/cut.ts';
import { ifModel } from '../program/if-model.ts';
import { measureOnImages, type OnImages, type Timed } from '../program/measure.ts';
import { compileCut, type StagedProgram } from '../program/staged.ts';
import { wholeProgram } from '../program/whole.ts';
import type { MeasuredPolicy } from '../record.ts';
import { readExits } from './exits-file.ts';
import { openRunData, someImages } from './run-images.ts';

type Progress = (share: number) => void;

/** What timing a policy gave: as a record keeps it, for each image, and for other networks beside it. */
export interface PolicyTimes extends Clocked {
  readonly measured: MeasuredPolicy;
  /** Mean milliseconds of an image of each other network. */
  readonly others: readonly number[];
}

/** Times images one by one under a policy, in parts and as one file, through the whole network, and through others. */
export async function timePolicy(
  runtime: Runtime,
  parts: { staged: StagedProgram; whole: Program; cut: CutModel; others?: readonly Timed[]; threads?: number },
  policy: Policy,
  images: readonly Tensor[],
  onProgress?: Progress,
): Promise<PolicyTimes> {
  const { staged, whole, cut, others = [], threads } = parts;
  const exits: number[] = [];
  for (const image of images) exits.push((await staged.run(image, policy))[0]!.exit);
  const single = await runtime.load(encodeModel(ifModel(cut, policy)), { threads, idle: 'sleep' });
  try {
    const beside = others.map((o, k) => {
      const run = (_: Tensor, i: number) => o.program.run({ [o.program.inputs[0]!]: o.images[i % o.images.length]! });
      return [`other ${k}`, run] as const;
    });
    const times = await measureOnImages(
      {
        parts: (image) => staged.run(image, policy),
        oneFile: (image) => single.run({ [cut.image]: image }),
        whole: (image) => whole.run({ [cut.image]: image }),
        ...Object.fromEntries(beside),
      },
      images,
      onProgress,
    );
    const summary = ({ mean, p50, p95 }: OnImages) => ({ mean, p50, p95 });
    const { parts: own, oneFile, whole: end } = times;
    return {
      measured: { images: images.length, parts: summary(own), oneFile: summary(oneFile), whole: summary(end) },
      exits,
      ms: own.each,
      others: beside.map(([name]) => times[name as keyof typeof times].mean),
    };
  } finally {
    await single.close();
  }
}

/**
 * Times the policy of a run on images of its test split (of val, where there is none) on this machine, one by one; undefined
 * where the run has no policy.
 */
export async function measureRunPolicy(
  loaded: LoadedRun,
  runtime: Runtime,
  options: { readonly threads?: number; readonly onProgress?: Progress } = {},
): Promise<(MeasuredPolicy & { readonly split: 'test' | 'val'; readonly threads: number }) | undefined> {
  const { model, weights, run } = loaded;
  const record = hasExits(model) ? await readExits(loaded) : undefined;
  if (!record || !hasExits(model)) return undefined;
  const threads = options.threads ?? runtime.threads;
  const { dataset } = await openRunData(loaded);
  try {
    const split = dataset.items.test.length > 0 ? 'test' : 'val';
    check(dataset.items[split].length > 0, () => `${dataset.root} has no images to time the policy on`);
    const images = await someImages(dataset, split, run.preprocessing);
    const cut = cutAtExits(model, weights);
    const staged = await compileCut(runtime, cut, { threads });
    const whole = await wholeProgram(runtime, classifier(model), weights, { threads });
    const parts = { staged, whole, cut, threads };
    const { measured } = await timePolicy(runtime, parts, record.policy, images, options.onProgress);
    return { ...measured, split, threads };
  } finally {
    await dataset.close();
  }
}
