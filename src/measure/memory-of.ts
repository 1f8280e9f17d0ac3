import type { Graph } from '../graph/graph.ts';
import { peakOf } from '../graph/memory/peak.ts';
import { stepsOf } from '../graph/memory/steps.ts';
import { shippedForOne } from './time-graph.ts';

const BYTES_OF_A_NUMBER = 4;

/**
 * Bytes that a network takes for one picture in the form in which it would be shipped: its numbers, and the most of its values at once, as
 * ONNX Runtime plans them. What the runtime takes for itself is not in it.
 */
export function memoryOf(g: Graph): number {
  const shipped = shippedForOne(g);
  const numbers = shipped.params.reduce((sum, p) => sum + (p.type.shape as number[]).reduce((a, b) => a * b, 1), 0);
  return BYTES_OF_A_NUMBER * numbers + peakOf(stepsOf(shipped, () => false)).bytes;
}
