import { z } from 'zod';

const count = z.int().min(1);

/** Files of a bundle whose model is told captions. */
export const TOKENIZER = 'tokenizer.json';
export const TOKENIZER_SETTINGS = 'tokenizer_config.json';
export const TEXT_ENCODER = 'text-encoder.onnx';

/** What a manifest says of who reads captions. */
export const captionsSchema = z.strictObject({
  tokenizer: z.literal(TOKENIZER),
  /** What Hugging Face keeps beside a tokenizer, where there is such. */
  settings: z.literal(TOKENIZER_SETTINGS).optional(),
  /** `tokens` int64 and `mask` float32 [N, length] → `text` [N, length, width] and `pooled` [N, width]. */
  encoder: z.literal(TEXT_ENCODER),
  length: count,
  width: count,
});
export type BundledCaptions = z.infer<typeof captionsSchema>;
