import { sameBytes, type Tensor } from '../../../base/tensor.ts';
import { nameOf, reachable, roleOf } from '../../../graph/graph.ts';
import type { Member } from './member.ts';

/** The trained weights of all members: what several have in common under its own name, the rest as `<member>/<name>`. */
export function joinedWeights(members: readonly Member[]) {
  const tensors = new Map<string, Tensor<'float32'>>();
  let parameters = 0;
  for (const { name, loaded, values } of members) {
    const trained = new Set(
      reachable(Object.values(values)).flatMap((v) =>
        // Running statistics are left out.
        v.origin.kind === 'param' && roleOf(v) === 'trainable' ? [nameOf(v)!] : [],
      ),
    );
    for (const [key, t] of loaded.weights) {
      const common = members.some((m) => m.name !== name && sameAs(t, m.loaded.weights.get(key)));
      const known = tensors.get(key);
      const to = common && (!known || sameBytes(known, t)) ? key : `${name}/${key}`;
      if (!tensors.has(to) && trained.has(key)) parameters += t.data.length;
      tensors.set(to, t);
    }
  }
  return { tensors, parameters };
}

const sameAs = (t: Tensor, other: Tensor | undefined) => other !== undefined && sameBytes(t, other);
