import { bindSymbols } from '../../src/graph/bind.ts';
import { add, mul, reshape, sub } from '../../src/graph/build.ts';
import { type Graph, graph, nameOf } from '../../src/graph/graph.ts';
import { input, type Value } from '../../src/graph/value.ts';
import type { Model } from '../../src/models/model.ts';
import { crossEntropy } from '../../src/tasks/classify/cross-entropy.ts';
import { trainingGraph } from '../../src/train/graph.ts';

const [RATE, MOMENTUM] = [0.01, 0.9];

/** A training step with its update inside: what comes out under a name goes in under it at the next step. */
export interface DeviceStep {
  readonly graph: Graph;
  /** Names and shapes of weights and of the optimiser's memory. */
  readonly weights: readonly (readonly [string, readonly number[]])[];
  readonly memory: readonly (readonly [string, readonly number[]])[];
}

/** Output that becomes the input of this name. */
export const nextOf = (name: string) => `next:${name}`;

/** Cross-entropy, all gradients, and SGD with momentum, as one graph: nothing but the loss has to leave the device. */
export function deviceStep(model: Model, batch: number): DeviceStep {
  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', model.classes]));
  const tg = trainingGraph({ loss });
  const g = bindSymbols(tg.graph, { N: batch });
  const outputs = new Map<string, Value>([['loss', g.outputs.get('loss')!]]);
  const params = new Map(g.params.map((p) => [nameOf(p)!, p]));
  const memory: [string, readonly number[]][] = [];
  for (const [name, shape] of tg.trained) {
    const moment = `momentum:${name}`;
    memory.push([moment, shape]);
    const gradient = reshape(g.outputs.get(`grad:${name}`)!, shape);
    const moved = add(mul(input(moment, 'float32', shape), MOMENTUM), gradient);
    outputs.set(nextOf(moment), moved);
    outputs.set(nextOf(name), sub(params.get(name)!, mul(moved, RATE)));
  }
  return { graph: graph(outputs, 'step'), weights: tg.trained, memory };
}
