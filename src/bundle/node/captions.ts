import { check } from '../../base/errors.ts';
import type { TextShape } from '../../models/text-encoder/text-encoder.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { readCaptionFile } from '../../run/node/captions/files.ts';
import { networkOf } from '../../run/node/network-of.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { TEXT_ENCODER, TOKENIZER, TOKENIZER_SETTINGS } from '../caption-files.ts';
import type { Manifest } from '../manifest.ts';

/** What reads captions in a bundle: its files by path, and what the manifest says of them. */
export async function captionFiles(
  loaded: LoadedRun,
  { length, width }: TextShape,
): Promise<{
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  readonly described: NonNullable<Manifest['captions']>;
}> {
  const { folder, run } = loaded;
  const tokenizer = await readCaptionFile(folder, run, 'tokenizer');
  const settings = await readCaptionFile(folder, run, 'settings');
  check(tokenizer, () => `${folder} has no tokenizer`);
  const encoder = (await readCaptionFile(folder, run, 'encoder')) ?? trainedAlong(loaded);
  return {
    bytes: new Map([
      [TOKENIZER, tokenizer],
      ...(settings ? [[TOKENIZER_SETTINGS, settings] as const] : []),
      [TEXT_ENCODER, encoder],
    ]),
    described: {
      ...{ tokenizer: TOKENIZER, encoder: TEXT_ENCODER, length, width },
      ...(settings && { settings: TOKENIZER_SETTINGS }),
    },
  };
}

/** The encoder that was trained along as a file of its own. */
function trainedAlong({ folder, run, model, weights }: LoadedRun): Uint8Array {
  const own = taskNamed(run.task).captioned?.encoder(networkOf({ run, model }));
  check(own, () => `${folder} has no encoder of captions`);
  return encodeModel(toOnnx(own, { constants: weights, target: 'standard' }));
}
