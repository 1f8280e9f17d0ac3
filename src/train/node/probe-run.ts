import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFloat32, type Tensor } from '../../base/tensor.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import type { Model } from '../../models/model.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { readSafetensors, writeSafetensors } from '../../weights/node/files.ts';
import { type Features, featureSource, featuresOf, headModel } from '../probe.ts';
import type { Run } from '../records.ts';
import type { TrainingJob } from '../trainer.ts';
import { fingerprint } from './fingerprint.ts';
import type { Settings } from './settings.ts';

export interface ProbeParts {
  readonly dataset: Dataset;
  readonly run: Run;
  readonly settings: Settings;
  readonly out: string;
  readonly runtime: Runtime;
  readonly model: Model;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly onFeatures?: (split: 'train' | 'val', done: number, of: number) => void;
}

/** What a linear probe trains instead of the whole: the head, on features that the backbone gave once. */
export async function probeJob(parts: ProbeParts): Promise<Pick<TrainingJob, 'model' | 'train' | 'val'>> {
  const { dataset, run, settings, model } = parts;
  const { batch, seed } = settings.train;
  const [train, val] = [await cachedFeatures(parts, 'train'), await cachedFeatures(parts, 'val')];
  check(train, 'there are no images to train on');
  const plan = { classes: run.classes.length, batchSize: Math.min(batch, dataset.items.train.length) };
  return {
    model: headModel(model),
    train: featureSource(train, { ...plan, seed, labelSmoothing: settings.recipe.labelSmoothing }),
    val: val && featureSource(val, { ...plan, batchSize: 1024 }),
  };
}

/** The features of a split, from the run folder where an earlier part of this run has left them. */
async function cachedFeatures(parts: ProbeParts, split: 'train' | 'val'): Promise<Features | undefined> {
  const { dataset, run, out, runtime, model, weights } = parts;
  const labels = Int32Array.from(dataset.items[split], (i) => i.label);
  if (labels.length === 0) return undefined;
  const path = join(out, 'features', `${split}.safetensors`);
  const print = fingerprint(run, dataset);
  const known = await readSafetensors(path).catch(() => undefined);
  const kept = known?.tensors.get('features');
  if (kept && isFloat32(kept) && known?.metadata.fingerprint === print && kept.shape[0] === labels.length) {
    return { values: kept, labels };
  }
  const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 32 });
  const program = await compile(runtime, graph({ pooled: model.pooled }), {
    threads: parts.settings.train.threads,
    constants: weights,
    target: 'standard',
  });
  try {
    const features = await featuresOf(program, source, (done, of) => parts.onFeatures?.(split, done, of));
    await mkdir(join(out, 'features'), { recursive: true });
    await writeSafetensors(path, new Map([['features', features.values]]), { fingerprint: print });
    return features;
  } finally {
    await source.close();
    await program.close();
  }
}
