import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import { type CutModel, cutAtExits, hasExits } from '../cut.ts';
import { ifModel } from '../if-model.ts';
import { measureOnImages } from '../measure.ts';
import type { Policy } from '../policy.ts';
import type { MeasuredPolicy } from '../record.ts';
import { compileCut, type StagedProgram } from '../staged.ts';
import { wholeProgram } from '../whole.ts';
import { readExits } from './exits-file.ts';
import { openRunData, someImages } from './run-images.ts';

type Progress = (share: number) => void;

/** Times images one by one under a policy, in parts and as one file, and through the whole network. */
export async function policyTimer(
  runtime: Runtime,
  parts: { staged: StagedProgram; whole: Program; cut: CutModel; policy: Policy; threads?: number },
): Promise<(images: readonly Tensor[], onProgress?: Progress) => Promise<MeasuredPolicy>> {
  const { staged, whole, cut, policy, threads } = parts;
  const single = await runtime.load(encodeModel(ifModel(cut, policy)), { threads, idle: 'sleep' });
  return async (images, onProgress) => {
    const times = await measureOnImages(
      {
        parts: (image) => staged.run(image, policy),
        oneFile: (image) => single.run({ [cut.image]: image }),
        whole: (image) => whole.run({ [cut.image]: image }),
      },
      images,
      onProgress,
    );
    return { images: images.length, ...times };
  };
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
    const whole = await wholeProgram(runtime, model, weights, { threads });
    const timed = await policyTimer(runtime, { staged, whole, cut, policy: record.policy, threads });
    return { ...(await timed(images, options.onProgress)), split, threads };
  } finally {
    await dataset.close();
  }
}
