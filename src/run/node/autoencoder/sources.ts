import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { isFloat32, type Tensor } from '../../../base/tensor.ts';
import { encoderFor } from '../../../feed/encode.ts';
import { evalSource } from '../../../feed/node/loader.ts';
import type { Program, Runtime } from '../../../runtime/runtime.ts';
import { latentSource, latentsOf } from '../../../train/latents.ts';
import { readSafetensors, writeSafetensors } from '../../../weights/node/files.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Fit, FitOptions } from '../fit.ts';
import { openStage } from './first-stage.ts';

/** Latents of a split, and of its pictures mirrored. */
type Which = 'train' | 'mirrored' | 'val';

/**
 * Batches of latents to train on, and to judge after an epoch: every picture is encoded once, and once mirrored, and what comes out is kept in
 * the run's folder.
 */
export async function latentSources(job: Fit, runtime: Runtime, { ranks, hooks = {}, signal }: FitOptions) {
  const { dataset, run, settings, out } = job;
  const { batch, seed } = settings.train;
  const { hflip } = settings.recipe;
  check(!ranks, 'what is trained on latents is trained in one process: leave out mpirun');
  const known = await keptLatents(job);
  let program: Program | undefined;
  const made = async (which: Which): Promise<Tensor<'float32'>> => {
    const there = known.get(which);
    if (there) return there;
    program ??= (await openStage(out, run, runtime, 'encoder'))!;
    const split = which === 'val' ? 'val' : 'train';
    const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 16 });
    const what = `encoding the ${split} pictures${which === 'mirrored' ? ', mirrored' : ''}`;
    try {
      const onBatch = (done: number, of: number) => hooks.onFit?.(what, done, of);
      const latents = await latentsOf(program, source, { mirrored: which === 'mirrored', onBatch, signal });
      await keep(job, which, latents);
      return latents;
    } finally {
      await source.close();
    }
  };
  try {
    const plain = await made('train');
    const turned = hflip > 0 ? await made('mirrored') : undefined;
    const judged = dataset.items.val.length > 0 ? await made('val') : undefined;
    const truths = (split: 'train' | 'val') => dataset.items[split].map((i) => i.target);
    const encoder = (split: 'train' | 'val') =>
      encoderFor(dataset.task, truths(split), dataset.classes.length, run.preprocessing, 0);
    return {
      train: latentSource(plain, truths('train'), {
        ...{ encoder: encoder('train'), batchSize: Math.min(batch, dataset.items.train.length), seed },
        ...(turned && { mirrored: { latents: turned, share: hflip } }),
      }),
      ...(judged && { val: latentSource(judged, truths('val'), { encoder: encoder('val'), batchSize: 64 }) }),
    };
  } finally {
    await program?.close();
  }
}

const pathOf = ({ out }: Fit, which: Which) => join(out, 'latents', `${which}.safetensors`);

/** Which pictures by which encoder. */
const printOf = ({ run, dataset }: Fit) => `${fingerprint(run, dataset)} ${run.latents?.sha256.encoder}`;

async function keep(job: Fit, which: Which, latents: Tensor<'float32'>): Promise<void> {
  const path = pathOf(job, which);
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, new Map([['latents', latents]]), { fingerprint: printOf(job) });
}

/** What an earlier part of this run has left. */
async function keptLatents(job: Fit): Promise<ReadonlyMap<Which, Tensor<'float32'>>> {
  const kept = new Map<Which, Tensor<'float32'>>();
  for (const which of ['train', 'mirrored', 'val'] as const) {
    const file = await readSafetensors(pathOf(job, which)).catch(() => undefined);
    const latents = file?.tensors.get('latents');
    const count = job.dataset.items[which === 'val' ? 'val' : 'train'].length;
    if (latents && isFloat32(latents) && latents.shape[0] === count && file?.metadata.fingerprint === printOf(job))
      kept.set(which, latents);
  }
  return kept;
}
