import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { carryOutAll, type Recipe, shared } from './carry-out.ts';

/**
 * `npx tsx recipes/anomaly.ts [names] [--seeds n]`: anomalies from good pictures alone, on the features of an ImageNet MobileNetV2: pitting on ball
 * screws, and each kind of X-SDD's defects in turn as if it were good. Writes recipes/anomaly.json. The images and weights lie in
 * YOSEGI_SHARED (default ../shared/data).
 */
const base = {
  task: 'anomaly',
  model: 'tf_mobilenetv2_100',
  weights: join(shared, 'mobilenet-v2-imagenet'),
  preprocessing: { cropMode: 'squash', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  // All good pictures are remembered, as the peer does; each is judged by the others.
  valFraction: 0,
} satisfies Partial<Recipe['run']>;
const pits = { ...base, data: join(shared, 'bsdata-pitting'), size: 256 } satisfies Recipe['run'];
const steel = (good: string): Recipe => ({
  seeds: 3,
  run: { ...base, data: join(shared, 'x-sdd'), size: 128, taskOptions: { good } },
});

const recipes: Readonly<Record<string, Recipe>> = {
  'pitting-anomaly': { seeds: 3, run: pits },
  'pitting-anomaly-gaussian': { seeds: 3, run: { ...pits, taskOptions: { anomalyMethod: 'gaussian' } } },
  'x-sdd-anomaly-ash': steel('iron-sheet-ash'),
  'x-sdd-anomaly-plate': steel('oxide-scale-of-plate-system'),
  'x-sdd-anomaly-scratch': steel('surface-scratch'),
  'x-sdd-anomaly-roll': steel('finishing-roll-printing'),
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
await carryOutAll(recipes, positionals, { file: 'anomaly.json', seeds: values.seeds });
