import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../base/node/missing.ts';
import { isFileAt } from '../../base/node/there.ts';
import { floatsOf, type Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import type { Network } from '../../tasks/task.ts';
import { zeroStarts } from '../../weights/new-head.ts';
import { readSealed, writeSealed } from '../../weights/node/sealed.ts';

const path = (out: string) => join(out, 'first', 'model.safetensors');

/**
 * First values of everything: `given` where there are trained ones, the rest drawn from the seed. What cannot be drawn again is kept
 * in the run folder: a resumed run needs it for the parts that never change.
 */
export async function firstWeights(
  out: string,
  network: Network,
  seed: number,
  given: ReadonlyMap<string, Tensor<'float32'>> | undefined,
): Promise<Map<string, Tensor<'float32'>>> {
  const g = graph(network.outputs);
  if (!given) return initialValues(g, seed);
  const all = initialValues(g, seed, new Map([...zeroStarts(network, given), ...given]));
  await mkdir(join(out, 'first'), { recursive: true });
  await writeSealed(path(out), all, { format: 'pt' });
  return all;
}

/** Whether a run has kept the values it starts from. */
export const hasFirstWeights = (out: string): Promise<boolean> => isFileAt(path(out));

/** What a run has kept of the values it started from; undefined where nothing was kept, as all could be drawn again. */
export async function keptFirst(out: string): Promise<Map<string, Tensor<'float32'>> | undefined> {
  try {
    return floatsOf((await readSealed(path(out), { must: false })).tensors);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The same of a run that goes on. */
export async function firstWeightsAgain(
  out: string,
  network: Network,
  seed: number,
): Promise<Map<string, Tensor<'float32'>>> {
  const kept = (await keptFirst(out)) ?? new Map<string, Tensor<'float32'>>();
  return new Map([...initialValues(graph(network.outputs), seed, kept), ...kept]);
}
