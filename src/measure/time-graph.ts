import { f32, type Tensor } from '../base/tensor.ts';
import { bindSymbols } from '../graph/bind.ts';
import { type Graph, nameOf } from '../graph/graph.ts';
import { shipped } from '../graph/shipped.ts';
import { toOnnx } from '../onnx/print.ts';
import type { Model } from '../onnx/wire/messages.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { inputsOf, randomFeeds } from './feeds.ts';
import type { Effort } from './interleave.ts';
import { measureProgram } from './measure-program.ts';

/** Runs whose median is a network's time, however long they take; many of those that take next to none. */
const EFFORT = { runs: 15, warmup: 3, seconds: 3600 };
const SHORT_EFFORT = { runs: 200, warmup: 5, seconds: 0.03 };

/**
 * Milliseconds that a network takes for one picture, median, in the form in which it would be shipped. Its time does not hang on its
 * numbers: they are ones here, so it need not be trained.
 */
export async function timeGraph(runtime: Runtime, g: Graph, threads = 1): Promise<number> {
  const model = shippedUntrained(g);
  const inputs = inputsOf(model);
  const bytes = encodeModel(model);
  const timed = async (effort: Effort) => {
    const options = { threads: [threads], batches: [1], ...effort };
    return (await measureProgram(runtime, bytes, (batch) => randomFeeds(inputs, batch), options)).latency[0]!.p50;
  };
  const ms = await timed(EFFORT);
  return ms < 2 ? timed(SHORT_EFFORT) : ms;
}

/** A network as it would be shipped, with ones for its numbers. */
export function shippedUntrained(g: Graph): Model {
  const { graph, weights } = shipped(g, onesFor(g));
  return toOnnx(graph, { constants: weights, target: 'standard' });
}

/** The graph of a network as it would be shipped, for one picture. */
export const shippedForOne = (g: Graph): Graph => bindSymbols(shipped(g, onesFor(g)).graph, { N: 1 });

/** A one for every number of every parameter. */
const onesFor = (g: Graph): Map<string, Tensor<'float32'>> =>
  new Map(
    g.params.map((p) => {
      const t = f32(p.type.shape as number[]);
      t.data.fill(1);
      return [nameOf(p)!, t] as const;
    }),
  );
