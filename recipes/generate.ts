/**
 * `npx tsx recipes/generate.ts DATA RUN [EPOCHS]`: a network that makes pictures of steel defects (X-SDD, 64 pixels), as small as two cores that
 * have other work allow. The run, its log and its sheets are in RUN; recipes/README.md says what came out.
 */
import { trainHooks } from '../src/cli/train-hooks.ts';
import { trainRun } from '../src/run/node/train-run.ts';

const [data, out, epochs = '24'] = process.argv.slice(2);
if (!data || !out) throw new Error('which folder of pictures, and where to? npx tsx recipes/generate.ts DATA RUN');
const { hooks, finish } = trainHooks(out);
const done = await trainRun({
  ...{ data, out, hooks, task: 'generate', model: 'ascan-unet-nano', size: 64 },
  // X-SDD is grey: 64 channels hold a square of 8 × 8 pixels.
  overrides: { patch: 8, widths: [64, 96], layout: 'C|T' },
  train: { epochs: Number(epochs), batch: 16, lr: 2e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 4 },
  taskOptions: { showEvery: 4 },
});
finish(done);
