import { nameOf, reachable } from '../graph/graph.ts';
import type { Network } from '../tasks/task.ts';
import { trainableBelow } from './freeze.ts';

/**
 * Each parameter's share of the learning rate when it falls with the distance from the head (Bao et al. 2021, BEiT): the head gets
 * 1, each block `decay` times what the one behind it gets, what comes before the first block least.
 */
export function layerDecay(network: Network, decay: number): (name: string) => number {
  const { model } = network;
  const names = trainableBelow(...Object.values(network.outputs).slice(-1));
  const head = headOf(network);
  const blocks = [...new Set(names.flatMap((name) => model.blocks.exec(name)?.[0] ?? []))];
  const last = names.findLastIndex((name) => model.blocks.test(name));
  const shares = new Map<string, number>();
  let depth = 0;
  names.forEach((name, i) => {
    const block = model.blocks.exec(name)?.[0];
    if (block !== undefined) depth = blocks.indexOf(block) + 1;
    // Norms behind the last block belong to the head, as in timm.
    const behind = head.has(name) || i > last;
    shares.set(name, behind ? 1 : decay ** (blocks.length + 1 - depth));
  });
  return (name) => shares.get(name) ?? 1;
}

/** Names of the parameters that the outputs depend on and what the head reads does not. */
function headOf({ outputs, reads }: Network): Set<string> {
  const below = new Set(reachable(reads));
  const own = reachable(Object.values(outputs)).filter((v) => !below.has(v) && v.origin.kind === 'param');
  return new Set(own.map((v) => nameOf(v)!));
}
