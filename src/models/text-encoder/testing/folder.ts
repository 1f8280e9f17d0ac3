import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formulaWeights } from '../../../testing/formula.ts';
import { encodeSafetensors } from '../../../weights/safetensors.ts';
import { textGraph } from '../../denoiser/captioned.ts';
import { textEncoderConfig } from '../text-encoders.ts';

/** For tests: a tiny encoder with formula weights in a folder as on the Hugging Face hub, with a tokenizer of as many tokens. */
export async function writeTextEncoder(folder: string, kind: 'bert' | 'clip'): Promise<void> {
  const fixture = async (path: string) => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));
  const tokenizer = (await fixture('../../../text/fixtures/tokenizers.json')).files[
    kind === 'bert' ? 'wordpiece' : 'clip'
  ];
  const vocab_size = Object.keys(tokenizer.model.vocab).length;
  const config = { ...(await fixture(`../fixtures/${kind}.json`)).config, vocab_size };
  const weights = formulaWeights(textGraph(textEncoderConfig.parse(config).encoder, { length: 4 }));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'model.safetensors'), encodeSafetensors(weights));
}
