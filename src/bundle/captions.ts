import { type CaptionReader, captionReader } from '../run/caption-reader.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { tokenizerOf } from '../text/tokenizer.ts';
import type { BundledCaptions } from './caption-files.ts';

/** Who reads captions for a bundle's model; `read` gives the bytes of its files. */
export async function bundledReader(
  captions: BundledCaptions | undefined,
  runtime: Runtime,
  read: (path: string) => Promise<Uint8Array>,
): Promise<CaptionReader | undefined> {
  if (!captions) return undefined;
  const { tokenizer, settings, encoder, length, width } = captions;
  const tokens = tokenizerOf(await read(tokenizer), settings && (await read(settings)));
  return captionReader(tokens, await runtime.load(await read(encoder)), { length, width });
}
