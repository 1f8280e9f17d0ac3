import { sizeOf } from '../../base/tensor.ts';
import { opOf } from '../../graph/op.ts';
import '../../graph/ops/index.ts';
import { isOpName } from '../../graph/ops/signatures.ts';
import type { Node } from '../wire/messages.ts';
import { groupOf } from './has-groups.ts';
import { isStandard, type Wiring } from './wiring.ts';

/** Convolutions around channels that hang together, and the values that have these channels. */
export interface Region {
  readonly joined: readonly Node[];
  /** Those that make the channels, and those that make others of them. */
  readonly making: readonly Node[];
  readonly taking: readonly Node[];
  /** Batch normalisations between. */
  readonly normed: readonly Node[];
  readonly values: readonly string[];
}

const isSteady = ({ opType }: Node) => isOpName(opType) && opOf(opType).steady === true;

/** All that hangs together with the channels of a convolution, if they can be added to everywhere: as far as the next convolutions. */
export function regionOf(wiring: Wiring, start: Node, block: number): Region | undefined {
  const channels = wiring.narrow(start, block)!;
  const [joined, making, taking, normed] = [new Set<Node>(), new Set<Node>(), new Set<Node>(), new Set<Node>()];
  const values = new Set<string>();
  const open = [start.input[0]!];
  /** Goes on behind a node that has `value`; false where its channels cannot be added to. */
  const visit = (node: Node, value: string): boolean => {
    if (!isStandard(node) || node.output.length !== 1) return false;
    const [out] = node.output;
    const at = node.input.indexOf(value);
    const dims = wiring.weightOf(node);
    if (dims && wiring.narrow(node, block) === channels) {
      joined.add(node);
      open.push(node.input[0]!, out!);
      return true;
    }
    if (dims) {
      const makes = out === value;
      (makes ? making : taking).add(node);
      return groupOf(node) === 1 && at <= 0 && dims[makes ? 0 : 1] === channels;
    }
    if (isSteady(node)) {
      const scalars = node.input.map((name) => sizeOf(wiring.tensor(name)?.dims ?? [0]) === 1);
      open.push(out!, ...node.input.filter((name, i) => name !== '' && !scalars[i]));
      return true;
    }
    open.push(node.input[0]!, out!);
    if (wiring.isNormalisation(node)) normed.add(node);
    return at <= 0 && (normed.has(node) || wiring.isSpatialMean(node));
  };
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (values.has(value)) continue;
    values.add(value);
    const maker = wiring.maker(value);
    if (!maker || wiring.isOutside(value)) return undefined;
    for (const node of [maker, ...wiring.takers(value)]) if (!visit(node, value)) return undefined;
  }
  return { joined: [...joined], making: [...making], taking: [...taking], normed: [...normed], values: [...values] };
}
