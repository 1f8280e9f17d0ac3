import { z } from 'zod';
import { type Adapted, adaptModel } from '../adapters/adapt.ts';
import { adapterOptionsSchema } from '../adapters/options.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Model } from '../models/model.ts';
import type { Run } from './records.ts';

const part = z.object({ adapters: adapterOptionsSchema.optional() });

/** A run's model with what it learns beside the layers; undefined where it trains the network itself. */
export function adaptedBy({ options }: Pick<Run, 'options'>, model: Model): Adapted | undefined {
  const { adapters } = part.parse(options);
  return adapters && adaptModel(model, adapters);
}

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** What was learned beside layers in their own weights, where it can go there: from then on it is a network like any other. */
export const mergedBy = (
  adapted: Adapted | undefined,
  plain: Model,
  weights: Weights,
): { readonly model: Model; readonly weights: Weights } =>
  adapted?.merge(weights) ?? { model: adapted?.model ?? plain, weights };
