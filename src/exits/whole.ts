import type { Tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { foldBatchNorm } from '../graph/fold-batch-norm.ts';
import { classifier, type Model } from '../models/model.ts';
import { compile, type LoadOptions, type Program, type Runtime } from '../runtime/runtime.ts';

/** The network as one program that is always run to the end, in the form in which it is shipped. */
export function wholeProgram(
  runtime: Runtime,
  model: Model,
  weights: ReadonlyMap<string, Tensor>,
  options: LoadOptions = {},
): Promise<Program> {
  const folded = foldBatchNorm(classifier(model), weights);
  return compile(runtime, cleanUp(folded.graph), { ...options, constants: folded.weights, target: 'standard' });
}
