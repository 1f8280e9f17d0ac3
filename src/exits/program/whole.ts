import type { Tensor } from '../../base/tensor.ts';
import type { Graph } from '../../graph/graph.ts';
import { shipped } from '../../graph/shipped.ts';
import { compile, type LoadOptions, type Program, type Runtime } from '../../runtime/runtime.ts';

/** The network as one program that is always run to the end, in the form in which it is shipped; it takes turns with others. */
export function wholeProgram(
  runtime: Runtime,
  network: Graph,
  weights: ReadonlyMap<string, Tensor>,
  options: LoadOptions = {},
): Promise<Program> {
  const whole = shipped(network, weights);
  return compile(runtime, whole.graph, { idle: 'sleep', ...options, constants: whole.weights, target: 'standard' });
}
