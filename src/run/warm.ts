import { z } from 'zod';
import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { graph, nameOf } from '../graph/graph.ts';
import type { Network } from '../models/network.ts';

/** What a network has learned, and for which classes. */
export interface Learned {
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly classes: readonly string[];
  /** Ranks of its adapters by layer, where they were found from data. */
  readonly ranks?: Readonly<Record<string, number>> | undefined;
  /** Where it is a version of something: which one. */
  readonly version?: LearnedVersion;
}

/** Which version of a diff something was learned from; run.json keeps it. */
export const learnedVersionSchema = z.object({
  version: z.int().min(1),
  /** SHA-256 of the file with what it had learned. */
  learned: z.string(),
});
type LearnedVersion = z.infer<typeof learnedVersionSchema>;

/**
 * What of it fits a network for `classes`: whole where the shape is the same; where the rows are classes, those of the classes that
 * were known, and zeros for the new ones.
 */
export function learnedFor(
  network: Network,
  classes: readonly string[],
  { weights, classes: known }: Learned,
): Map<string, Tensor<'float32'>> {
  const same = known.join('\n') === classes.join('\n');
  const out = new Map<string, Tensor<'float32'>>();
  for (const p of graph(network.outputs).params) {
    const name = nameOf(p)!;
    const before = weights.get(name);
    const shape = p.type.shape as readonly number[];
    if (!before) continue;
    const [rows, ...rest] = shape;
    const isByClass = rows === classes.length && before.shape[0] === known.length && !same;
    if (isByClass && before.shape.slice(1).join() === rest.join())
      out.set(name, byClass(before, shape, classes, known));
    else if (before.shape.join() === shape.join()) out.set(name, before);
  }
  return out;
}

function byClass(
  before: Tensor<'float32'>,
  shape: readonly number[],
  classes: readonly string[],
  known: readonly string[],
): Tensor<'float32'> {
  const each = sizeOf(shape.slice(1));
  const t = f32(shape);
  classes.forEach((name, row) => {
    const from = known.indexOf(name);
    if (from >= 0) t.data.set(before.data.subarray(from * each, (from + 1) * each), row * each);
  });
  return t;
}
