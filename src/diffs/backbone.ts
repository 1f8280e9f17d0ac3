import { bytesIn } from '../base/bytes.ts';
import { check } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { nameOf, reachable } from '../graph/graph.ts';
import type { Network } from '../models/network.ts';

/** Names of a network's parameters and statistics that its heads only read: those of its backbone. */
export const backboneNames = ({ reads }: Network): string[] =>
  reachable(reads).flatMap((v) => (v.origin.kind === 'param' ? [nameOf(v)!] : []));

/** Names, shapes and numbers of a backbone, one after the other, for a checksum that does not hang on their order in a file. */
export function* backboneParts(
  network: Network,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
): Generator<string | Uint8Array> {
  for (const name of backboneNames(network).sort()) {
    const t = weights.get(name);
    check(t, () => `the weights have no '${name}', which ${network.model.name} needs`);
    yield `${name} [${t.shape}]\n`;
    yield bytesIn(t.data);
  }
}
