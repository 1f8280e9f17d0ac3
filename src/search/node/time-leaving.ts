import { f32, sizeOf } from '../../base/tensor.ts';
import { hasExits } from '../../exits/program/cut.ts';
import { measureExits } from '../../exits/program/measure.ts';
import { stagedProgram } from '../../exits/program/staged.ts';
import { exitsGraph, type Model } from '../../models/model.ts';
import { initialValues } from '../../nn/init.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** For each exit: a search times many networks. */
const EFFORT = { seconds: 0.25 };

/** Milliseconds of one picture that leaves at each exit of a network, medians; undefined where it has none. It need not be trained. */
export async function timeLeaving(runtime: Runtime, model: Model, threads: number): Promise<number[] | undefined> {
  if (!hasExits(model)) return undefined;
  // Numbers that answers can come out of: with ones they overflow, and nobody is sure of what is no number.
  const staged = await stagedProgram(runtime, model, initialValues(exitsGraph(model), 0), { threads });
  const shape = [1, ...(model.image.type.shape.slice(1) as number[])];
  try {
    const picture = f32(shape, new Float32Array(sizeOf(shape)).fill(0.5));
    return await measureExits(staged, [picture], { effort: EFFORT });
  } finally {
    await staged.close();
  }
}
