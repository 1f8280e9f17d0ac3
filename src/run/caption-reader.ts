import { check } from '../base/errors.ts';
import { f32, isFloat32, type Tensor, tensor } from '../base/tensor.ts';
import type { TextShape } from '../models/text-encoder/text-encoder.ts';
import type { Program } from '../runtime/runtime.ts';
import { tidy } from '../text/tidy.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** Captions as a network is told them, a row for each. */
interface CaptionTensors {
  readonly [name: string]: Tensor<'float32'>;
  /** [n, length, width] */
  readonly text: Tensor<'float32'>;
  /** [n, length]: 1 where a token is. */
  readonly mask: Tensor<'float32'>;
  /** [n, width] */
  readonly pooled: Tensor<'float32'>;
}

/** Reads captions for a network that makes pictures. */
export interface CaptionReader {
  readonly shape: TextShape;
  read(captions: readonly string[]): Promise<CaptionTensors>;
  /** Whether a caption is longer than what is read of it. */
  cuts(caption: string): boolean;
  close(): Promise<void>;
}

/** Captions that the encoder sees at a time. */
const BATCH = 64;

/** Tokens of captions, filled up to `length`: numbers, and 1 where a token is. */
export function tokensOf(tokenizer: Tokenizer, captions: readonly string[], length: number) {
  const ids = tensor('int64', [captions.length, length]);
  const mask = f32([captions.length, length]);
  captions.forEach((caption, k) => {
    tokenizer.encode(tidy(caption), length).ids.forEach((id, i) => {
      ids.data[k * length + i] = BigInt(id);
      mask.data[k * length + i] = 1;
    });
  });
  return { ids, mask };
}

/** A reader of a tokenizer and an encoder, `tokens` and `mask` → `text` and `pooled`. */
export function captionReader(tokenizer: Tokenizer, encoder: Program, shape: TextShape): CaptionReader {
  const { length, width } = shape;
  return {
    shape,
    cuts: (caption) => tokenizer.encode(tidy(caption), length).cut,
    close: () => encoder.close(),
    read: async (captions) => {
      const n = captions.length;
      const out = { text: f32([n, length, width]), mask: f32([n, length]), pooled: f32([n, width]) };
      for (let at = 0; at < n; at += BATCH) {
        const { ids, mask } = tokensOf(tokenizer, captions.slice(at, at + BATCH), length);
        const { text, pooled } = await encoder.run({ tokens: ids, mask });
        check(
          text && pooled && isFloat32(text) && isFloat32(pooled) && text.shape[2] === width,
          () => `an encoder of captions must give float32 'text' [N, ${length}, ${width}] and 'pooled' [N, ${width}]`,
        );
        out.text.data.set(text.data, at * length * width);
        out.mask.data.set(mask.data, at * length);
        out.pooled.data.set(pooled.data, at * width);
      }
      return out;
    },
  };
}
