import { check, YosegiError } from '../base/errors.ts';
import { isFloat32, sizeOf, type Tensor } from '../base/tensor.ts';
import { nameOf, reachable } from '../graph/graph.ts';
import { applyLike, inScope } from '../graph/op.ts';
import { rebuild } from '../graph/rewrite.ts';
import { type Node, param, type Value } from '../graph/value.ts';
import type { Model } from '../models/model.ts';
import { zeros } from '../nn/init.ts';
import { type Choice, chosen, featuresOf } from './choose.ts';
import type { Form, Pair } from './forms/form.ts';
import { methods } from './forms/forms.ts';
import type { Layer } from './layers.ts';
import type { AdapterOptions } from './options.ts';
import { ownParameters } from './own-parameters.ts';

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** A layer that has something learned beside it. */
export interface AdaptedLayer {
  readonly layer: Layer;
  readonly form: Form;
  readonly rank: number;
  /** What the learned part counts: alpha / rank. */
  readonly scale: number;
  /** Its parameters by the last parts of their names. */
  readonly params: Readonly<Record<string, Value>>;
}

export interface Adapted {
  /** The model with what is learned beside its layers; it says of itself which of its parameters are trained. */
  readonly model: Model;
  readonly layers: readonly AdaptedLayer[];
  /** Shapes of the parameters that the model had not before, by name. */
  readonly added: ReadonlyMap<string, readonly number[]>;
  /** How many numbers are trained, heads not counted. */
  readonly parameters: number;
  /**
   * The plain model with the learned parts in its own weights, exact but for rounding; undefined where the form cannot be merged. Neither
   * `weights` nor what they hold is changed: the backbone stays what it was.
   */
  merge(weights: Weights): { readonly model: Model; readonly weights: Map<string, Tensor<'float32'>> } | undefined;
}

/**
 * Puts low-rank pairs, scales or bottlenecks beside the linear maps and convolutions of any model, imported ones too (PETAH,
 * arXiv 2410.17661). The backbone's own parameters keep their names and are not trained any more, but for those of a method that trains
 * some of them. What is put beside begins at zero: the adapted network starts equal to the model, bit for bit.
 * @throws YosegiError where nothing is left to adapt, or a name means nothing
 */
export function adaptModel(model: Model, options: AdapterOptions): Adapted {
  check(!model.exits, () => `${model.name} has early exits: adapters go beside models without, leave out one of them`);
  const roots = featuresOf(model);
  const method = methods[options.method];
  if (method.own === 'everything') return whole(model, roots);
  const layers = chosen(model, roots, options).map((choice) => adaptedLayer(choice, options.alpha));
  const own = method.own ? ownParameters(roots, method.own) : [];
  check(
    layers.length + own.length > 0 || method.headAlone,
    () => `${options.method} finds nothing to adapt in ${model.name}: choose other --adapt-targets or --adapt-layers`,
  );
  const added = new Map(
    layers.flatMap(({ params }) => Object.values(params).map((p) => [nameOf(p)!, p.type.shape as number[]] as const)),
  );
  const sizes = new Map(
    reachable(roots).flatMap((v) =>
      v.origin.kind === 'param' ? [[nameOf(v)!, v.type.shape as number[]] as const] : [],
    ),
  );
  const trained = new Set([...added.keys(), ...own]);
  const built = rebuilt(model, adaptersIn(layers));
  return {
    model: { ...built, adapted: { trained } },
    layers,
    added,
    parameters: [...trained].reduce((n, name) => n + sizeOf(added.get(name) ?? sizes.get(name)!), 0),
    merge: (weights) => mergedInto(model, layers, weights),
  };
}

/** Nothing is frozen, and normalisations learn from the batch as ever. */
function whole(model: Model, roots: readonly Value[]): Adapted {
  const params = reachable(roots).filter(({ origin }) => origin.kind === 'param' && origin.role === 'trainable');
  const parameters = params.reduce((n, p) => n + sizeOf(p.type.shape as number[]), 0);
  return {
    model,
    layers: [],
    added: new Map(),
    parameters,
    merge: (weights) => ({ model, weights: new Map(weights) }),
  };
}

/** What is learned beside a layer as one pair, not counting its scale; undefined where it is none. */
export const pairOf = ({ layer, form, params }: AdaptedLayer, weights: Weights): Pair | undefined =>
  form.pair?.(layer, valuesIn(weights, params));

/** A layer with parameters for what is put beside it. */
function adaptedLayer({ layer, form, rank }: Choice, alpha: number | undefined): AdaptedLayer {
  const params = Object.entries(form.parameters(layer, rank)).map(
    ([last, { shape, init }]) => [last, param(`${layer.name}.${last}`, shape, init)] as const,
  );
  return { layer, form, rank, scale: alpha === undefined ? 1 : alpha / rank, params: Object.fromEntries(params) };
}

type NodeRule = (node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined;

const adaptersIn = (layers: readonly AdaptedLayer[]): NodeRule => {
  const sites = new Map(layers.flatMap((a) => a.layer.nodes.map((node) => [node, a] as const)));
  return (node, inputs) => {
    const site = sites.get(node);
    if (!site) return undefined;
    const { layer, form, params, scale } = site;
    return [inScope(`${node.scope}.adapter`, () => form.apply({ layer, node, inputs, params, scale }))];
  };
};

/** The model with other values in the places of its own. */
function rebuilt(model: Model, node: NodeRule): Model {
  const { stages, pooled, logits } = model;
  const map = rebuild([...stages.map((s) => s.value), pooled, logits], { node });
  const now = (v: Value) => map.get(v)!;
  return {
    ...model,
    stages: stages.map((s) => ({ ...s, value: now(s.value) })),
    pooled: now(pooled),
    logits: now(logits),
  };
}

function mergedInto(model: Model, layers: readonly AdaptedLayer[], weights: Weights) {
  if (layers.some(({ form }) => !form.merged)) return undefined;
  const out = new Map(weights);
  const biases = new Map<Node, Value>();
  for (const { layer, form, rank, scale, params } of layers) {
    // A head may read less than the whole model: layers behind that are no part of its network.
    if (!Object.values(params).some((p) => weights.has(nameOf(p)!))) continue;
    for (const p of Object.values(params)) out.delete(nameOf(p)!);
    const stored = numbersOf(weights, layer.weight);
    const bias = biasOf(layer);
    const merged = form.merged!({
      layer,
      rank,
      scale,
      weight: stored.data,
      ...(bias && { bias: numbersOf(weights, bias).data }),
      params: valuesIn(weights, params),
    });
    out.set(nameOf(layer.weight)!, { ...stored, data: merged.weight });
    if (!merged.bias) continue;
    check(bias || !layer.nodes[0]!.inputs[2], () => `${layer.name} computes its bias: ${model.name} cannot be merged`);
    const place = bias ?? param(`${layer.name}.bias`, [layer.outputs], zeros);
    out.set(nameOf(place)!, { dtype: 'float32', shape: [layer.outputs], data: merged.bias });
    if (!bias) for (const node of layer.nodes) biases.set(node, place);
  }
  const biased: NodeRule = (node, inputs) => {
    const bias = biases.get(node);
    return bias && [withBias(node, inputs, bias)];
  };
  return { model: biases.size > 0 ? rebuilt(model, biased) : model, weights: out };
}

/** The bias of a layer, where it is a parameter of its own. */
function biasOf({ nodes: [node] }: Layer): Value | undefined {
  const bias = node!.inputs[2];
  return bias?.origin.kind === 'param' ? bias : undefined;
}

const withBias = (node: Node, [x, weight]: readonly (Value | undefined)[], bias: Value): Value =>
  node.op === 'MatMul'
    ? applyLike({ op: 'Add', attrs: {} }, [applyLike(node, [x, weight])[0], bias])[0]!
    : applyLike(node, [x, weight, bias])[0]!;

/** What stands for the parameters, by the same names. */
const valuesIn = (weights: Weights, params: AdaptedLayer['params']) =>
  Object.fromEntries(Object.entries(params).map(([last, p]) => [last, numbersOf(weights, p)] as const));

function numbersOf(weights: Weights, p: Value): Tensor<'float32'> {
  const t = weights.get(nameOf(p)!);
  if (!t || !isFloat32(t)) throw new YosegiError(`the weights have no '${nameOf(p)}'`);
  return t;
}
