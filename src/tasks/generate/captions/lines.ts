import { z } from 'zod';
import { tidy } from '../../../text/tidy.ts';

const text = z.union([z.string(), z.array(z.string())]);

/** A line of captions.jsonl, or of the metadata.jsonl of a Hugging Face image folder: the names of the fields that are in use. */
const lineSchema = z.looseObject({
  file: z.string().optional(),
  file_name: z.string().optional(),
  filename: z.string().optional(),
  image: z.string().optional(),
  path: z.string().optional(),
  caption: text.optional(),
  captions: text.optional(),
  text: text.optional(),
  split: z.string().optional(),
});

/** What a line says of a picture. */
export interface CaptionLine {
  readonly file: string;
  /** Tidy, without empty ones; none where the line has no words. */
  readonly captions: readonly string[];
  readonly split?: string;
}

/** A line of JSON that names a file and what it shows; undefined where it is none. */
export function captionLine(line: string): CaptionLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { file, file_name, filename, image, path, caption, captions, text: words, split } = parsed.data;
  const name = file ?? file_name ?? filename ?? image ?? path;
  if (!name) return undefined;
  const said = [caption, captions, words].flat().flatMap((one) => (one === undefined ? [] : [tidy(one)]));
  return { file: name, captions: said.filter(Boolean), ...(split !== undefined && { split }) };
}

/** The captions of a text beside a picture, one a line; undefined where they are numbers, as in YOLO's lists of boxes. */
export function captionText(content: string): string[] | undefined {
  const lines = content
    .split(/\r\n|[\r\n]/)
    .map(tidy)
    .filter(Boolean);
  return lines.length > 0 && lines.every((line) => /^[\d\s.,+-]+$/.test(line)) ? undefined : lines;
}
