import { trainHooks } from '../src/cli/train-hooks.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { emojiFolders } from './emoji.ts';

/**
 * `npx tsx recipes/text-to-image.ts RUN [EPOCHS]`: a network that makes emoji of what a text says (noto-emoji-64: 1,623 pictures of 64 pixels with
 * their Unicode names; test captions are new combinations of known words, emoji.ts), as small as one core allows. The run, its log and its sheets
 * are in RUN; recipes/README.md says what came out.
 */
const [out, epochs = '100'] = process.argv.slice(2);
if (!out) throw new Error('where to? npx tsx recipes/text-to-image.ts RUN');
const { told } = await emojiFolders(0);
const { hooks, finish } = trainHooks(out);
const done = await trainRun({
  ...{ data: told, out, hooks, task: 'generate', model: 'ascan-unet-nano', size: 64 },
  train: { epochs: Number(epochs), batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 5 },
  // Captions have two words in the middle: one block reads them.
  taskOptions: { showEvery: 10, textLength: 16, textVocabulary: 1200, textWidth: 64, textDepth: 1 },
});
finish(done);
