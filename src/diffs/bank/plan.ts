import { type Adapted, type AdaptedLayer, pairOf } from '../../adapters/adapt.ts';
import { loras } from '../../adapters/forms/lora.ts';
import { check } from '../../base/errors.ts';
import { sizeOf, type Tensor } from '../../base/tensor.ts';
import { nameOf } from '../../graph/graph.ts';
import type { Network } from '../../models/network.ts';

/** One task of a bank: a backbone's diff before anything is merged. */
export interface Member {
  /** What it is called, for messages. */
  readonly name: string;
  readonly adapted: Adapted;
  readonly network: Network;
  readonly classes: number;
  /** Of every parameter of its network. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** A layer of the backbone that something is put beside, at the largest rank that any task has there. */
export interface BankedLayer {
  readonly name: string;
  /** A pair A, B beside a linear map or a convolution; of a depthwise convolution a kernel for each channel, B·A. */
  readonly kind: 'pair' | 'depthwise';
  readonly rank: number;
  /** Numbers of A for each rank: inputs times kernel; rows of B. */
  readonly columns: number;
  readonly rows: number;
}

/** What lies where in the row of numbers that stands for a task. */
export interface BankPlan {
  readonly layers: readonly BankedLayer[];
  /** Of the largest head: classes, and what it reads. */
  readonly classes: number;
  readonly features: number;
  /** The parts of a row, in order: A and B of each layer, then the head's weight and bias. */
  readonly parts: readonly number[];
  /** Numbers of a row. */
  readonly width: number;
}

/**
 * Finds out whether tasks can share one session of their backbone, and how.
 * @throws YosegiError that names the task and what of it cannot be given to a running network
 */
export function planBank(members: readonly Member[]): BankPlan {
  const layers = new Map<string, BankedLayer>();
  for (const { name, adapted, weights: learned } of members) {
    const own = [...(adapted.model.adapted?.trained ?? [])].filter((p) => !adapted.added.has(p));
    check(
      own.length === 0 && adapted.model.adapted !== undefined,
      () =>
        `${name} has trained ${own[0] ?? 'the whole network'}, which is the backbone's own: a bank takes low-rank pairs and heads alone. Merge it instead`,
    );
    for (const one of adapted.layers) {
      const banked = bankedLayer(name, one, learned);
      const known = layers.get(banked.name);
      layers.set(banked.name, { ...banked, rank: Math.max(banked.rank, known?.rank ?? 0) });
    }
  }
  const heads = members.map(headOf);
  const classes = Math.max(...members.map((m) => m.classes));
  const features = heads[0]!.weight.shape[1]!;
  const ordered = [...layers.values()];
  const parts = [
    ...ordered.flatMap(({ rank, columns, rows }) => [rank * columns, rows * rank]),
    classes * features,
    classes,
  ];
  return { layers: ordered, classes, features, parts, width: parts.reduce((a, b) => a + b, 0) };
}

/** What a task has learned beside a layer, as a bank computes it: A [rank, columns] and B [rows, rank]. */
function factorsOf(task: string, one: AdaptedLayer, weights: Member['weights']) {
  const { layer, form, params } = one;
  const { name, groups, inputs, outputs } = layer;
  const pair = pairOf(one, weights);
  if (pair) return { kind: 'pair', ...pair } as const;
  const depthwise = form === loras.p4 && groups === inputs && groups === outputs;
  check(
    depthwise,
    () =>
      `${task}: what is learned beside ${name} is none that a bank computes (${groups > 1 ? `${groups} groups` : 'its form is not p1'}): it takes ` +
      'pairs of the form p1, and p4 of depthwise convolutions. Merge it instead',
  );
  const [a, b] = ['lora_A.weight', 'lora_B.weight'].map((last) => weights.get(nameOf(params[last]!)!)!) as [
    Tensor<'float32'>,
    Tensor<'float32'>,
  ];
  return { kind: 'depthwise', a, b } as const;
}

function bankedLayer(task: string, one: AdaptedLayer, weights: Member['weights']): BankedLayer {
  const { kind, a } = factorsOf(task, one, weights);
  const { name, outputs } = one.layer;
  return { name, kind, rank: a.shape[0]!, columns: sizeOf(a.shape.slice(1)), rows: outputs };
}

/** The weight [classes, features] and bias of a member's head. */
function headOf({ name, network, weights }: Member): {
  weight: Tensor<'float32'>;
  bias: Tensor<'float32'> | undefined;
} {
  const { model, outputs } = network;
  const { origin } = model.logits;
  const single = Object.values(outputs).length === 1 && Object.values(outputs)[0] === model.logits;
  const linear = origin.kind === 'node' && origin.node.op === 'Gemm' && origin.node.inputs[0] === model.pooled;
  check(
    single && linear,
    () =>
      `${name} has a head that is more than one linear map of ${model.name}'s features: a bank takes classifiers with such heads alone`,
  );
  const [, weight, bias] = origin.kind === 'node' ? origin.node.inputs : [];
  return { weight: weights.get(nameOf(weight!)!)!, bias: bias && weights.get(nameOf(bias)!) };
}

/** The row of numbers that stands for a task: padded with zeros where it has less than others. */
export function bankRow(plan: BankPlan, member: Member): Float32Array {
  const row = new Float32Array(plan.width);
  const beside = new Map(member.adapted.layers.map((l) => [l.layer.name, l]));
  let at = 0;
  plan.layers.forEach(({ name, rank, columns, rows }) => {
    const mine = beside.get(name);
    if (mine) {
      const { a, b } = factorsOf(member.name, mine, member.weights);
      const own = a.shape[0]!;
      row.set(a.data, at);
      const to = at + rank * columns;
      for (let o = 0; o < rows; o++)
        for (let j = 0; j < own; j++) row[to + o * rank + j] = mine.scale * b.data[o * own + j]!;
    }
    at += (columns + rows) * rank;
  });
  const { weight, bias } = headOf(member);
  row.set(weight.data, at);
  if (bias) row.set(bias.data, at + plan.classes * plan.features);
  return row;
}
