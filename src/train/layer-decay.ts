import { judgedOutputs, type Network } from '../tasks/task.ts';
import { headNames } from '../weights/parts.ts';
import { trainableBelow } from './freeze.ts';

/**
 * Each parameter's share of the learning rate when it falls with the distance from the head (Bao et al. 2021, BEiT): the head gets
 * 1, each block `decay` times what the one behind it gets, what comes before the first block least.
 */
export function layerDecay(network: Network, decay: number): (name: string) => number {
  const { model } = network;
  const names = trainableBelow(...Object.values(judgedOutputs(network)));
  const head = headNames(network);
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
