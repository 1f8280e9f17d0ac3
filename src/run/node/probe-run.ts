import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFloat32, type Tensor } from '../../base/tensor.ts';
import { encoderFor } from '../../feed/encode.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/value.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import type { Network } from '../../tasks/task.ts';
import type { TrainingJob } from '../../train/job.ts';
import { featureSource, featuresOf } from '../../train/probe.ts';
import { readSafetensors, writeSafetensors } from '../../weights/node/files.ts';
import { fingerprint } from './fingerprint.ts';
import type { Fit } from './fit.ts';

export interface ProbeParts extends Fit {
  readonly network: Network;
  readonly runtime: Runtime;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly onFeatures?: (split: 'train' | 'val', done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** What a linear probe trains instead of the whole: the head, on features that the backbone gave once. */
export async function probeJob(parts: ProbeParts): Promise<Pick<TrainingJob, 'network' | 'train' | 'val'>> {
  const { dataset, run, settings, network } = parts;
  const { batch, seed } = settings.train;
  const probe = dataset.task.probe?.(network);
  check(probe, () => `a linear probe of ${network.model.name} is not possible: leave out --probe`);
  const train = await cachedFeatures(parts, probe.features, 'train');
  const val = await cachedFeatures(parts, probe.features, 'val');
  check(train, 'there are no images to train on');
  const truths = (split: 'train' | 'val') => dataset.items[split].map((i) => i.target);
  const encoder = (split: 'train' | 'val', smoothing: number) =>
    encoderFor(dataset.task, truths(split), dataset.classes.length, run.preprocessing, smoothing);
  return {
    network: probe.head,
    train: featureSource(train, truths('train'), {
      encoder: encoder('train', settings.recipe.labelSmoothing),
      batchSize: Math.min(batch, dataset.items.train.length),
      seed,
    }),
    val: val && featureSource(val, truths('val'), { encoder: encoder('val', 0), batchSize: 1024 }),
  };
}

/** The features of a split, from the run folder where an earlier part of this run has left them. */
async function cachedFeatures(
  parts: ProbeParts,
  features: Value,
  split: 'train' | 'val',
): Promise<Tensor<'float32'> | undefined> {
  const { dataset, run, out, runtime, weights } = parts;
  const { length } = dataset.items[split];
  if (length === 0) return undefined;
  const path = join(out, 'features', `${split}.safetensors`);
  const print = fingerprint(run, dataset);
  const known = await readSafetensors(path).catch(() => undefined);
  const kept = known?.tensors.get('features');
  if (kept && isFloat32(kept) && known?.metadata.fingerprint === print && kept.shape[0] === length) return kept;
  const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 32 });
  const program = await compile(runtime, graph({ features }), {
    threads: parts.settings.train.threads,
    constants: weights,
    target: 'standard',
  });
  try {
    const values = await featuresOf(program, source, (done, of) => parts.onFeatures?.(split, done, of), parts.signal);
    await mkdir(join(out, 'features'), { recursive: true });
    await writeSafetensors(path, new Map([['features', values]]), { fingerprint: print });
    return values;
  } finally {
    await source.close();
    await program.close();
  }
}
