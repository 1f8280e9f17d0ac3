import { z } from 'zod';
import { bertConfig, bertEncoder } from './bert.ts';
import { clipConfig, clipEncoder } from './clip.ts';
import type { TextEncoder } from './text-encoder.ts';

/** A pretrained encoder of captions, as its config.json describes it. */
export interface DescribedEncoder {
  readonly encoder: TextEncoder;
  /** Numbers of a token. */
  readonly width: number;
  /** Most tokens that it can read. */
  readonly most: number;
  /** Tokens that it knows. */
  readonly vocabulary: number;
}

/** The config.json of an encoder that is known: transformers' `bert` (MiniLM is one), `clip` and `clip_text_model`. */
export const textEncoderConfig = z.union([
  bertConfig.transform((c): DescribedEncoder => ({ ...sizesOf(c), encoder: bertEncoder(c) })),
  clipConfig.transform((c): DescribedEncoder => ({ ...sizesOf(c), encoder: clipEncoder(c) })),
]);

const sizesOf = (c: { hidden_size: number; max_position_embeddings: number; vocab_size: number }) => ({
  ...{ width: c.hidden_size, most: c.max_position_embeddings, vocabulary: c.vocab_size },
});
