/**
 * `npx tsx recipes/text-to-image.ts DATA RUN [EPOCHS]`: a network that makes emoji of what a text says (noto-emoji-64: 1,623 pictures of 64 pixels with
 * their Unicode names), as small as one core that others use too allows. The run, its log and its sheets are in RUN; recipes/README.md says
 * what came out.
 */
import { trainHooks } from '../src/cli/train-hooks.ts';
import { trainRun } from '../src/run/node/train-run.ts';

const [data, out, epochs = '100'] = process.argv.slice(2);
if (!data || !out) throw new Error('which folder of pictures, and where to? npx tsx recipes/text-to-image.ts DATA RUN');
const { hooks, finish } = trainHooks(out);
const done = await trainRun({
  ...{ data, out, hooks, task: 'generate', model: 'ascan-unet-nano', size: 64 },
  train: { epochs: Number(epochs), batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 5 },
  // Captions have two words in the middle: one block reads them.
  taskOptions: { showEvery: 10, textLength: 16, textVocabulary: 1200, textWidth: 64, textDepth: 1 },
  ...{ valFraction: 0.05, testFraction: 0.1 },
});
finish(done);
