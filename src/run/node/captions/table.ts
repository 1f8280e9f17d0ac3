import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { sha256 } from '../../../base/node/sha256.ts';
import { f32, isFloat32, type Tensor } from '../../../base/tensor.ts';
import type { TextShape } from '../../../models/text-encoder/text-encoder.ts';
import type { Tokenizer } from '../../../text/tokenizer.ts';
import type { CaptionTable } from '../../../train/captioned.ts';
import { readSafetensors, writeSafetensors } from '../../../weights/node/files.ts';
import { type CaptionReader, tokensOf } from '../../caption-reader.ts';
import { FEATURES_FILE } from '../../captions.ts';

/** Tokens, for a network that learns to read them. */
export function tokenTable(tokenizer: Tokenizer, { length }: TextShape): CaptionTable {
  const known = new Map<string, Readonly<Record<string, Float32Array>>>();
  return {
    shapes: { tokens: [length], mask: [length] },
    row: (caption) => {
      let row = known.get(caption);
      if (!row) {
        const { ids, mask } = tokensOf(tokenizer, [caption], length);
        row = { tokens: Float32Array.from(ids.data, Number), mask: mask.data };
        known.set(caption, row);
      }
      return row;
    },
  };
}

/** What an encoder that stays as it is made of captions: the tokens that are there, one caption after the other. */
interface Features {
  /** [tokens, width] */
  readonly rows: Tensor<'float32'>;
  /** [captions]: tokens of each. */
  readonly counts: Tensor<'float32'>;
  /** [captions, width] */
  readonly pooled: Tensor<'float32'>;
}

export interface FeatureOptions {
  /** The run's folder, where they are kept; computed anew each time without one. */
  readonly keep?: string;
  /** Names the encoder. */
  readonly encoder: string;
  readonly onCaption?: (done: number, of: number) => void;
}

/** What an encoder that stays as it is makes of these captions, and of none. */
export async function featureTable(
  reader: CaptionReader,
  captions: Iterable<string>,
  options: FeatureOptions,
): Promise<CaptionTable> {
  const all = ['', ...new Set(captions)];
  const { length, width } = reader.shape;
  const features = (await keptFeatures(all, options)) ?? (await computed(reader, all, options));
  const at = new Map(all.map((caption, i) => [caption, i]));
  const starts = [0];
  for (const count of features.counts.data) starts.push(starts.at(-1)! + count);
  return {
    shapes: { text: [length, width], mask: [length], pooled: [width] },
    row: (caption) => {
      const i = at.get(caption);
      check(i !== undefined, () => `nobody has read the caption “${caption}”`);
      const [from, to] = [starts[i]!, starts[i + 1]!];
      const [text, mask] = [new Float32Array(length * width), new Float32Array(length)];
      text.set(features.rows.data.subarray(from * width, to * width));
      mask.fill(1, 0, to - from);
      return { text, mask, pooled: features.pooled.data.subarray(i * width, (i + 1) * width) };
    },
  };
}

/** Captions that are read between two words of how far it is. */
const PORTION = 64;

async function computed(
  reader: CaptionReader,
  captions: readonly string[],
  { keep, encoder, onCaption }: FeatureOptions,
): Promise<Features> {
  const { length, width } = reader.shape;
  const rows: Float32Array[] = [];
  const counts = f32([captions.length]);
  const pooled = f32([captions.length, width]);
  for (let at = 0; at < captions.length; at += PORTION) {
    const some = captions.slice(at, at + PORTION);
    const read = await reader.read(some);
    pooled.data.set(read.pooled.data, at * width);
    some.forEach((_, k) => {
      const count = read.mask.data.subarray(k * length, (k + 1) * length).reduce((a, b) => a + b, 0);
      counts.data[at + k] = count;
      rows.push(read.text.data.slice(k * length * width, (k * length + count) * width));
    });
    onCaption?.(at + some.length, captions.length);
  }
  const tokens = counts.data.reduce((a, b) => a + b, 0);
  const all = f32([tokens, width]);
  let to = 0;
  for (const part of rows) {
    all.data.set(part, to);
    to += part.length;
  }
  const features = { rows: all, counts, pooled };
  if (keep !== undefined) {
    const fingerprint = printOf(captions, encoder);
    const path = join(keep, FEATURES_FILE);
    await mkdir(dirname(path), { recursive: true });
    await writeSafetensors(path, new Map(Object.entries(features)), { fingerprint });
  }
  return features;
}

/** Which captions by which encoder. */
const printOf = (captions: readonly string[], encoder: string) => sha256(JSON.stringify([encoder, captions]));

/** What an earlier part of this run has left. */
async function keptFeatures(
  captions: readonly string[],
  { keep, encoder }: FeatureOptions,
): Promise<Features | undefined> {
  if (keep === undefined) return undefined;
  const file = await readSafetensors(join(keep, FEATURES_FILE)).catch(() => undefined);
  if (file?.metadata.fingerprint !== printOf(captions, encoder)) return undefined;
  const [rows, counts, pooled] = ['rows', 'counts', 'pooled'].map((name) => file.tensors.get(name));
  return rows && counts && pooled && [rows, counts, pooled].every(isFloat32)
    ? ({ rows, counts, pooled } as Features)
    : undefined;
}
