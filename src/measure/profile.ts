import { type GraphCost, graphCost } from '../graph/cost.ts';
import { exitsGraph, exitsOf, type Model } from '../models/model.ts';

/** A part of a model: where it stands in the pyramid and what it costs for one image. */
export interface PartProfile {
  readonly name: string;
  /** Without the batch: [channels, height, width] of a feature map, [features] of a vector. */
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  /** Of all multiply–accumulates, 0 … 1. */
  readonly share: number;
}

/** A classifier on the way, and what an image costs that leaves there. */
export interface ExitProfile {
  readonly name: string;
  /** Everything up to this exit, the exits before it included. */
  readonly macs: number;
}

/** What a model is made of and what it costs, from its graph alone: nothing is run. */
export interface ModelProfile {
  readonly name: string;
  readonly family: string;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly classes: number;
  /** The layout in one line. */
  readonly picture: string;
  readonly parameters: number;
  readonly macs: number;
  readonly flops: number;
  /** Bytes that pass through memory for one image when no operators are fused. */
  readonly bytes: number;
  /** Size of the weights in a file, running statistics included. */
  readonly weightBytes: number;
  readonly parts: readonly PartProfile[];
  /** Of a model with exits, in their order; all else is about all of them together. */
  readonly exits?: readonly ExitProfile[];
}

/** The profile of a model, for one image. `picture` is the registry's drawing of its layout. */
export function profileModel(model: Model, picture: string): ModelProfile {
  const cost = graphCost(exitsGraph(model), { N: 1 });
  const stages = new Map(model.stages.map((s) => [s.name, s.value.type.shape.slice(1).map(Number)]));
  const parts = cost.groups
    .filter((g) => g.parameters > 0 || g.macs > 0)
    .map(({ name, shape, parameters, macs }) => ({
      name,
      shape: stages.get(name) ?? shape.slice(1),
      parameters,
      macs,
      share: cost.macs > 0 ? macs / cost.macs : 0,
    }));
  const { name, family, size, channels, classes } = model;
  const { parameters, macs, flops, bytes, weightBytes } = cost;
  const whole = { name, family, size, channels, classes, picture, parameters, macs, flops, bytes, weightBytes, parts };
  return { ...whole, ...(model.exits && { exits: exitProfiles(model, cost) }) };
}

function exitProfiles(model: Model, cost: GraphCost): ExitProfile[] {
  return exitsOf(model).map(({ name }, k) => {
    const before = new Set(exitsGraph(model, k + 1).nodes);
    return { name, macs: cost.nodes.reduce((sum, n) => sum + (before.has(n.node) ? n.macs : 0), 0) };
  });
}
