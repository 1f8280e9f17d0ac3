import { type GraphCost, graphCost } from '../graph/cost.ts';
import type { Dim } from '../graph/dim.ts';
import { graph } from '../graph/graph.ts';
import type { Setting } from '../models/configuration.ts';
import { answersAtExits, type Network } from '../models/network.ts';
import type { Stage } from '../models/stage.ts';
import { judgedOutputs } from '../tasks/task.ts';

/** A part of a model: where it stands in the pyramid and what it costs for one image. */
interface PartProfile {
  readonly name: string;
  /** Without the batch: [channels, height, width] of a feature map, [features] of a vector. */
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  /** Of all multiply–accumulates, 0 … 1. */
  readonly share: number;
}

/** A classifier on the way, and what an image costs that leaves there. */
interface ExitProfile {
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
  /** The feature maps that other heads can be put on, with their real sizes. */
  readonly stages: readonly Omit<Stage, 'value'>[];
  /** The configuration, complete; none of an imported model. */
  readonly settings: readonly Setting[];
  /** What comes out of a head that gives anything but a score for each class; shapes without the batch. */
  readonly outputs?: readonly { readonly name: string; readonly shape: readonly Dim[] }[];
  /** Of a model with exits, in their order; all else is about all of them together. */
  readonly exits?: readonly ExitProfile[];
}

/** The profile of a model with a head, for one image. `picture` is the registry's drawing of its layout, `settings` its configuration. */
export function profileNetwork(network: Network, picture: string, settings: readonly Setting[] = []): ModelProfile {
  const { model } = network;
  const cost = graphCost(graph(network.outputs), { N: 1 });
  const maps = new Map(model.stages.map((s) => [s.name, [s.channels, s.height, s.width]]));
  const parts = cost.groups
    .filter((g) => g.parameters > 0 || g.macs > 0)
    .map(({ name, shape, parameters, macs }) => ({
      name,
      shape: maps.get(name) ?? shape.slice(1),
      parameters,
      macs,
      share: cost.macs > 0 ? macs / cost.macs : 0,
    }));
  const { name, family, size, channels, classes } = model;
  const { parameters, macs, flops, bytes, weightBytes } = cost;
  const stages = model.stages.map(({ value: _, ...stage }) => stage);
  const work = { parameters, macs, flops, bytes, weightBytes, parts };
  const whole = { name, family, size, channels, classes, picture, ...work, stages, settings };
  const outputs = Object.entries(judgedOutputs(network)).map(([name, v]) => ({ name, shape: v.type.shape.slice(1) }));
  const scores = outputs.every(({ shape }) => shape.join() === String(classes));
  return {
    ...whole,
    ...(!scores && { outputs }),
    ...(answersAtExits(network) && { exits: exitProfiles(network, cost) }),
  };
}

function exitProfiles({ outputs }: Network, cost: GraphCost): ExitProfile[] {
  const exits = Object.entries(outputs);
  return exits.map(([name], k) => {
    const before = new Set(graph(Object.fromEntries(exits.slice(0, k + 1))).nodes);
    return { name, macs: cost.nodes.reduce((sum, n) => sum + (before.has(n.node) ? n.macs : 0), 0) };
  });
}
