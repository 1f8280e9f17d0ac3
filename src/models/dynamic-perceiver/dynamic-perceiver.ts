import { torchLinear } from '../../blocks/latent-attention.ts';
import { fixed } from '../../graph/dim.ts';
import { frontier } from '../../graph/frontier.ts';
import { renameParameters } from '../../graph/rename.ts';
import { rebuild, replacing } from '../../graph/rewrite.ts';
import type { Value } from '../../graph/value.ts';
import { globalAveragePool } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import type { Exit, ExitModel, Model } from '../model.ts';
import {
  betweenStages,
  interStage,
  latentCode,
  meanToken,
  merged,
  mergedClassifier,
  readMap,
  think,
  writeMap,
} from './branch.ts';
import { branchOptions, type DynamicPerceiverOptions } from './config.ts';
import { findMeetings, type Meeting, type Meetings } from './places.ts';
import { trunks } from './trunks.ts';

/** A built backbone and where the branch meets it, which every edit of the graph moves along. */
interface Trunk {
  readonly model: Model;
  readonly meetings: Meetings;
}

/**
 * Dynamic Perceiver (Han et al., ICCV 2023, arXiv 2306.11248): a latent code that reads the maps of `backbone` and writes to them
 * between stages, and four classifiers. It is an edit of the backbone's graph, so any model with four stages can be one, and its
 * parameters keep their names. Logits are the merged classifier's; the exits, in the order in which they are known:
 * `latent3` (before the trunk's stage 3 runs), `latent4` (before stage 4), `backbone` and, unless it is switched off, `merged`.
 */
export function dynamicPerceiver(backbone: Model, options: DynamicPerceiverOptions = {}): ExitModel {
  const branch = branchOptions(options);
  const trunk = options.trunk && trunks[options.trunk];
  let { model, meetings } = moved(
    { model: backbone, meetings: findMeetings(backbone, options.places ?? trunk?.places) },
    (roots) => (trunk ? renameParameters(roots, trunk.names) : new Map()),
  );
  const alone = model;
  const s = rootScope();
  const { classes, dropRate } = backbone;
  const linear = (name: string, x: Value) => s.in(name, (c) => torchLinear(c, x, classes));

  const stem = meetings.before[0]!.map;
  const widthAt = (stage: number) => branch.widths?.[stage - 1] ?? channelsOf(meetings.before[stage - 1]!.map);
  let z = latentCode(s, branch.latents, widthAt(1));
  const read = (stage: number, map: Value) => (branch.x2z.includes(stage) ? readMap(s, stage, z, map, branch) : z);
  z = think(s, 1, read(1, stem), branch);
  let early: Value | undefined;
  for (const stage of [2, 3, 4]) {
    z = betweenStages(s, stage - 2, z, widthAt(stage));
    if (branch.z2x) ({ model, meetings } = written(s, { model, meetings }, stage, z));
    z = think(s, stage, read(stage, meetings.before[stage - 1]!.map), branch);
    if (stage === 3) early = linear('early_classifier3', meanToken(z));
  }
  const mean = meanToken(z);
  const width = fixed(mean.type.shape[1], 'the number of features');
  // Without a connection, a classifier reads what is its own.
  const fed = (name: string, logits: Value) => (branch.interStage ? [interStage(s, name, logits, width)] : []);
  const latent = linear('classifier_att', merged([mean, ...fed('isc3', early!)]));
  const { blocks } = trunk ?? backbone;
  const whole = {
    ...model,
    name: `${backbone.name}-perceiver`,
    family: 'dynamic-perceiver',
    blocks: new RegExp(`${blocks.source}|^self_att\\d\\.\\d+`),
    backbone: alone,
  };
  const exits = [
    { name: 'latent3', logits: early! },
    { name: 'latent4', logits: latent },
    { name: 'backbone', logits: model.logits },
  ];
  if (!branch.merged) return { ...whole, exits: withCarries(exits) };

  const end = branch.lastZ2x ? writeMap(s, 'last_cross_att_z2x', meetings.end, z) : meetings.end;
  const pooled = merged([globalAveragePool(end), mean, ...fed('isc4', latent)]);
  const logits = mergedClassifier(s, pooled, { classes, dropRate, ...branch });
  return {
    ...whole,
    stages: model.stages.map((stage) => (stage.value === meetings.end ? { ...stage, value: end } : stage)),
    pooled,
    logits,
    exits: withCarries([...exits, { name: 'merged', logits }]),
  };
}

const channelsOf = (map: Value) => fixed(map.type.shape[1], 'the number of channels');

/** Each exit with the values that the exits behind it still need. */
function withCarries(exits: readonly Omit<Exit, 'carries'>[]): Exit[] {
  const logits = exits.map((e) => e.logits);
  return exits.map((exit, i) => ({ ...exit, carries: frontier(logits.slice(0, i + 1), logits.slice(i + 1)) }));
}

/** The trunk after Z2X: what follows the meeting before `stage` reads what the latents have written. */
function written(s: Scope, trunk: Trunk, stage: number, z: Value): Trunk {
  const { path } = trunk.meetings.before[stage - 1]!;
  const fresh = writeMap(s, `cross_att${stage}_z2x`, path, z);
  return moved(trunk, (roots) => rebuild(roots, replacing(new Map([[path, fresh]]))));
}

/** Follows the model and its meetings through an edit of the graph. */
function moved({ model, meetings }: Trunk, edit: (roots: readonly Value[]) => ReadonlyMap<Value, Value>): Trunk {
  const { before, end } = meetings;
  const map = edit([
    model.logits,
    model.pooled,
    end,
    ...model.stages.map((s) => s.value),
    ...before.flatMap((m) => [m.map, m.path]),
  ]);
  const to = (v: Value) => map.get(v) ?? v;
  return {
    model: {
      ...model,
      logits: to(model.logits),
      pooled: to(model.pooled),
      stages: model.stages.map((s) => ({ ...s, value: to(s.value) })),
    },
    meetings: {
      before: before.map((m): Meeting => ({ map: to(m.map), path: to(m.path) })),
      end: to(end),
    },
  };
}
