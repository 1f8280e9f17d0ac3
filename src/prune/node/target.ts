import { graphCost } from '../../graph/cost.ts';
import type { Graph } from '../../graph/graph.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** What is to be met: milliseconds for one picture on this machine, so many times as fast as before, or a share of the multiply-adds. */
export type Target = { readonly ms: number } | { readonly speed: number } | { readonly macs: number };

/** What a network was before, and what it is now. */
export interface Size {
  readonly parameters: number;
  readonly macs: number;
  /** Milliseconds for one picture, median; undefined where the target is none of time. */
  readonly ms?: number;
}

interface Limit {
  readonly ms?: number;
  readonly macs?: number;
}

/** What is to be reached when `part` (0 … 1) of the way to the target is gone, in equal factors. */
export function limitOf(target: Target, before: Size, part: number): Limit {
  if ('macs' in target) return { macs: before.macs * target.macs ** part };
  const ms = 'ms' in target ? target.ms : before.ms! / target.speed;
  return { ms: before.ms! * (ms / before.ms!) ** part };
}

export const meets = (limit: Limit, size: Size): boolean =>
  limit.ms === undefined ? size.macs <= limit.macs! : size.ms! <= limit.ms;

/** Measures what the target is about. */
export async function sizeOfGraph(runtime: Runtime, g: Graph, target: Target, threads?: number): Promise<Size> {
  const { parameters, macs } = graphCost(g, { N: 1 });
  return 'macs' in target ? { parameters, macs } : { parameters, macs, ms: await timeGraph(runtime, g, threads) };
}

/** `2.22 M parameters, 301 M multiply-adds, 8.3 ms`. */
export const sizeText = ({ parameters, macs, ms }: Size): string =>
  `${(parameters / 1e6).toFixed(2)} M parameters, ${(macs / 1e6).toFixed(0)} M multiply-adds${ms === undefined ? '' : `, ${ms.toFixed(2)} ms`}`;
