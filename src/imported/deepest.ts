import type { Dim } from '../graph/dim.ts';
import { reachable } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';

const STRIDES = [32, 16, 8, 4, 2, 1];

/**
 * The map [batch, C, h, w] that a network's answers are made of where it sees most at once: of those at the coarsest stride, up to 32, one with most
 * channels, the last of them. Undefined where there is no map.
 */
export function deepestMap(
  answers: readonly Value[],
  [height, width]: readonly [number, number],
  batch: Dim,
): Value | undefined {
  const maps = reachable(answers).filter(
    ({ origin, type: { dtype, shape } }) =>
      origin.kind === 'node' && dtype === 'float32' && shape.length === 4 && shape[0] === batch && Number(shape[1]) > 0,
  );
  const channels = ({ type }: Value) => type.shape[1] as number;
  for (const s of STRIDES) {
    const [h, w] = [Math.ceil(height / s), Math.ceil(width / s)];
    const at = maps.filter(({ type: { shape } }) => shape[2] === h && shape[3] === w);
    const most = Math.max(0, ...at.map(channels));
    const found = at.findLast((v) => channels(v) === most);
    if (found && h * w > 1) return found;
  }
  return undefined;
}
