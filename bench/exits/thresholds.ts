import { between } from '../../src/exits/calibration/stopping.ts';

/** Thresholds for all exits but the last, and where each image leaves with them. */
export interface Chosen {
  readonly thresholds: readonly number[];
  readonly exits: readonly number[];
}

/**
 * Thresholds that let these shares of the images leave: at each exit the surest of those that have come so far, and half-way to
 * the next, so that another runtime's last digits change nothing. `confidence` is of each exit, of each image.
 */
export function chooseThresholds(confidence: readonly Float32Array[], shares: readonly number[]): Chosen {
  const images = confidence[0]!.length;
  const exits = new Array<number>(images).fill(shares.length - 1);
  let staying = Array.from({ length: images }, (_, i) => i);
  const thresholds = shares.slice(0, -1).map((share, k) => {
    const said = confidence[k]!;
    staying.sort((a, b) => said[b]! - said[a]!);
    const leaving = Math.round(share * images);
    for (const i of staying.slice(0, leaving)) exits[i] = k;
    const threshold = between(said[staying[leaving - 1]!]!, said[staying[leaving]!]!);
    staying = staying.slice(leaving);
    return threshold;
  });
  return { thresholds, exits };
}

/**
 * How safe the choice is: the least distance of an image that comes to an exit from that exit's threshold, over the most by which
 * the two sides' confidences differ there.
 */
export function safety(
  { thresholds, exits }: Chosen,
  mine: readonly Float32Array[],
  theirs: readonly Float32Array[],
): number {
  const each = thresholds.map((t, k) => {
    const coming = [...exits.keys()].filter((i) => exits[i]! >= k);
    const distance = Math.min(...coming.map((i) => Math.abs(mine[k]![i]! - t)));
    return distance / Math.max(...coming.map((i) => Math.abs(mine[k]![i]! - theirs[k]![i]!)));
  });
  return Math.min(...each);
}
