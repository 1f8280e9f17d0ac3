import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atomicWrite } from '../../base/node/atomic.ts';
import type { Tensor } from '../../base/tensor.ts';
import { writeSafetensors } from './files.ts';

/**
 * Writes weights so that timm and PyTorch load them: the parameters' own names, and metadata that says the format. The counters
 * of batch normalisation (`num_batches_tracked`) are left out: PyTorch sets them to 0.
 */
export async function saveWeights(
  path: string,
  weights: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, weights, { format: 'pt', ...metadata });
}

/** A folder as the hub has them: `model.safetensors` and the `config.json` that {@link timmConfig} makes. */
export async function saveWeightsFolder(
  folder: string,
  weights: Iterable<readonly [string, Tensor]>,
  config: string,
): Promise<void> {
  await saveWeights(join(folder, 'model.safetensors'), weights);
  await atomicWrite(join(folder, 'config.json'), config);
}
