import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Files of a run that is told captions, below its folder; the encoder is there where it stays as it is. */
export const CAPTION_FILES = {
  tokenizer: 'text/tokenizer.json',
  settings: 'text/tokenizer_config.json',
  encoder: 'text/encoder.onnx',
} as const;
export type CaptionFile = keyof typeof CAPTION_FILES;
/** What the encoder made of the captions. */
export const FEATURES_FILE = 'text/features.safetensors';

/** What run.json says of who reads the captions. */
export const captionsSchema = z.strictObject({
  /** The encoder as it was called; absent where one is trained along. */
  from: z.string().optional(),
  /** Captions that are longer than what is read of them. */
  cut: z.int().min(0),
  /** Some of them, of pictures that are not trained on where there are such. */
  examples: z.array(z.string()),
  /** SHA-256 of each file. */
  sha256: z.strictObject({ tokenizer: hash, settings: hash.optional(), encoder: hash.optional() }),
});
export type CaptionsRecord = z.infer<typeof captionsSchema>;
