import { scaleLinear } from 'd3-scale';

/** Round positions (1, 2 or 5 times a power of ten) that cover min … max in about `wanted` steps. */
export function ticks(min: number, max: number, wanted = 5): number[] {
  if (!(max > min) || !Number.isFinite(max - min)) return [min];
  return scaleLinear([min, max], [0, 1]).nice(wanted).ticks(wanted);
}
