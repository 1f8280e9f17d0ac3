import { z } from 'zod';
import { type Adapted, adaptModel } from '../adapters/adapt.ts';
import { adapterOptionsSchema } from '../adapters/options.ts';
import type { Model } from '../models/model.ts';
import type { Run } from './records.ts';

const part = z.object({ adapters: adapterOptionsSchema.optional() });

/** A run's model with what it learns beside the layers; undefined where it trains the network itself. */
export function adaptedBy({ options }: Pick<Run, 'options'>, model: Model): Adapted | undefined {
  const { adapters } = part.parse(options);
  return adapters && adaptModel(model, adapters);
}
