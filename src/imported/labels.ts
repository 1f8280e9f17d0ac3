import { check } from '../base/errors.ts';
import type { Model } from '../onnx/wire/messages.ts';

/** Labels from a text file: one a line. */
export function labelsFrom(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim().normalize());
  while (lines.at(-1) === '') lines.pop();
  const empty = lines.indexOf('');
  check(empty < 0, () => `line ${empty + 1} of the labels is empty: each class needs a name`);
  return lines;
}

/** Labels that a file carries as Ultralytics writes them, `{0: 'person', 1: "driver's cab"}`; undefined where it has none. */
export function labelsIn(file: Model): string[] | undefined {
  const text = file.metadataProps?.find((p) => p.key === 'names')?.value?.trim();
  if (text === undefined || text.length > 1_000_000) return undefined;
  const entry = /\s*(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|\}$)/y;
  const labels: string[] = [];
  entry.lastIndex = 1;
  while (text.startsWith('{') && entry.lastIndex < text.length) {
    const found = entry.exec(text);
    if (!found || Number(found[1]) !== labels.length) return undefined;
    labels.push((found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1'));
  }
  return labels.length > 0 ? labels : undefined;
}
