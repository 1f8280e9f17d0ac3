import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LEAVING } from './exits/text.ts';
import { MAKING } from './making/text.ts';
import { TUNING } from './tuning/text.ts';
import { WASM } from './wasm/text.ts';

/** What was written by hand from here on stays when the numbers are written anew. */
const KEPT = '## What falls short and why';

/** What a run has written; what it has not stays as the file has it. */
export interface Written {
  /** Everything up to the races of models with exits. */
  readonly plain?: string;
  readonly exits?: string;
  /** The races of networks that make pictures. */
  readonly making?: string;
  /** The races of fine-tuning. */
  readonly tuning?: string;
  /** The races in a browser. */
  readonly wasm?: string;
}

/** What the parts behind the first begin with, in their order. */
const headings = [LEAVING, MAKING, TUNING, WASM, KEPT];

/** Writes the results of a run into a file that may hold those of others. */
export function writeResults(file: string, { plain, exits, making, tuning, wasm }: Written): void {
  const before = parts(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const all = [plain, exits, making, tuning, wasm, undefined].map((text, i) => (text ?? before[i]!).trim());
  writeFileSync(file, `${all.filter((t) => t !== '').join('\n\n')}\n`);
}

/** The parts of a file, '' for those that it has not. */
function parts(text: string): string[] {
  const begins = (heading: string) => (text.startsWith(heading) ? 0 : text.indexOf(`\n${heading}`));
  const starts = [0];
  // From the last: a part that is not there begins where the next one does, and is empty.
  for (const heading of headings.toReversed()) {
    const i = begins(heading);
    starts.splice(1, 0, i < 0 ? (starts[1] ?? text.length) : i);
  }
  return starts.map((start, i) => text.slice(start, starts[i + 1] ?? text.length));
}
