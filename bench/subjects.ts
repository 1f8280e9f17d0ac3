import { z } from 'zod';
import { oneOf } from '../src/base/errors.ts';
import { graphCost } from '../src/graph/cost.ts';
import { ascanVariants } from '../src/models/ascan/config.ts';
import { classifier, type Model } from '../src/models/model.ts';
import { createModel } from '../src/models/registry.ts';

/** One thing to be timed on every side. */
export const subjectSchema = z.object({
  model: z.string(),
  size: z.int(),
  classes: z.int(),
  mode: z.enum(['train', 'infer']),
  batch: z.int(),
});
export type Subject = z.infer<typeof subjectSchema>;
export type Mode = Subject['mode'];

const models = {
  nano: { model: 'ascan-nano', size: 64, classes: 10, trainBatch: 32 },
  tiny: { model: 'ascan-tiny', size: 224, classes: 1000, trainBatch: 8 },
  hiera: { model: 'hiera_tiny_224', size: 224, classes: 1000, trainBatch: 8 },
  efficientformer: { model: 'efficientformer_l1', size: 224, classes: 1000, trainBatch: 8 },
  mobilenetv3: { model: 'mobilenetv3_large_100', size: 224, classes: 1000, trainBatch: 8 },
  regnety: { model: 'regnety_004', size: 224, classes: 1000, trainBatch: 8 },
} as const;
type ModelKey = keyof typeof models;
export const modelKeys = Object.keys(models) as ModelKey[];

/** What is raced: a training step and inference at batch 1 and 32 of every model; a quick race leaves the longest one out. */
export function subjects(keys: readonly string[], only: Mode | undefined, quick: boolean): Subject[] {
  return keys.flatMap((key) => {
    const { model, size, classes, trainBatch } = models[oneOf('model', key, modelKeys)];
    const all: Subject[] = [
      { model, size, classes, mode: 'train', batch: trainBatch },
      { model, size, classes, mode: 'infer', batch: 1 },
      { model, size, classes, mode: 'infer', batch: 32 },
    ];
    return all.filter(
      (s) => (!only || s.mode === only) && !(quick && s.size > 64 && s.mode === 'infer' && s.batch > 1),
    );
  });
}

export const titleOf = ({ model, size, mode, batch }: Subject) =>
  `${model} ${size} px, ${mode === 'train' ? 'training step' : 'inference'}, batch ${batch}`;

export const modelOf = ({ model, size, classes }: Subject): Model => createModel(model, { size, classes });

/** Floating-point operations of one iteration: a training step counts three forward passes. */
export const flopsOf = (s: Subject) =>
  graphCost(classifier(modelOf(s)), { N: s.batch }).flops * (s.mode === 'train' ? 3 : 1);

/** The same model for the peer: reference/ascan/ascan.py, or timm's of the same name. */
export function peerModel(s: Subject) {
  const { model, size, classes } = s;
  return ascanVariants[model]
    ? { model: 'ascan', config: pythonConfig(s) }
    : { model: 'timm', config: { name: model, num_classes: classes, img_size: size } };
}

/** In the words of reference/ascan/ascan.py, from src/models/ascan/config.ts. */
function pythonConfig({ model, size, classes }: Subject) {
  const { stem, widths, layout, ...c } = ascanVariants[model]!;
  const { expand = 4, expandFrom = 'out', act = 'silu', stemAct = act, seRatio = 0 } = c;
  const { headDim = 32, relPos = true, mlpRatio = 4 } = c;
  return {
    stem_width: stem,
    widths,
    layout,
    expand,
    expand_from: expandFrom,
    act,
    stem_act: stemAct,
    se: seRatio > 0,
    head_dim: headDim,
    rel_pos: relPos,
    mlp_ratio: mlpRatio,
    in_chans: 3,
    num_classes: classes,
    img_size: size,
  };
}
