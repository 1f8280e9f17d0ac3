import { isFloat32, type Tensor } from '../base/tensor.ts';
import { type Weights, weightsOf } from './fold-batch-norm.ts';
import { type Graph, nameOf } from './graph.ts';
import { countReaders } from './readers.ts';
import { rewrite } from './rewrite.ts';
import { constantOf, type Node, param, type Value } from './value.ts';

/** What a rule that folds has at hand. */
export interface Folding {
  /** How many read a value of the graph as it was. */
  readonly readers: ReadonlyMap<Value, number>;
  /** The numbers of a weight, where they are known and float32. */
  stored(weight: Value | undefined): Tensor<'float32'> | undefined;
  /** A weight in place of another one, under a name of its own. */
  instead(old: Value | undefined, suffix: string, numbers: Tensor<'float32'>): Value;
}

/** The graph with other nodes where `rule` gives some, made out of weights that are known. */
export function foldBy(
  g: Graph,
  weights: Weights,
  rule: (node: Node, inputs: readonly (Value | undefined)[], folding: Folding) => readonly Value[] | undefined,
): { readonly graph: Graph; readonly weights: Map<string, Tensor> } {
  const known = new Map<string, Tensor>(weights);
  const taken = new Set(g.params.map((p) => nameOf(p)!));
  const folding: Folding = {
    readers: countReaders(g),
    stored(weight) {
      const numbers = constantOf(weight) ?? known.get((weight && nameOf(weight)) ?? '');
      return numbers && isFloat32(numbers) ? numbers : undefined;
    },
    instead(old, suffix, numbers) {
      let name = `${(old && nameOf(old)) ?? 'weight'}.${suffix}`;
      while (taken.has(name)) name += '+';
      taken.add(name);
      known.set(name, numbers);
      return param(name, numbers.shape, { kind: 'constant', value: 0 }, 'frozen');
    },
  };
  const graph = rewrite(g, { node: (node, inputs) => rule(node, inputs, folding) });
  return { graph, weights: weightsOf(graph, known) };
}
