import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LEAVING } from './exits/text.ts';
import { MAKING } from './making/text.ts';

/** What was written by hand from here on stays when the numbers are written anew. */
const KEPT = '## What falls short and why';

/** What a run has written; what it has not stays as the file has it. */
export interface Written {
  /** Everything up to the races of models with exits. */
  readonly plain?: string;
  readonly exits?: string;
  /** The races of networks that make pictures. */
  readonly making?: string;
}

/** Writes the results of a run into a file that may hold those of others. */
export function writeResults(file: string, written: Written): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [plain, exits, making, kept] = parts(before);
  const all = [written.plain ?? plain, written.exits ?? exits, written.making ?? making, kept];
  const text = all.map((t) => t.trim()).filter((t) => t !== '');
  writeFileSync(file, `${text.join('\n\n')}\n`);
}

function parts(text: string): [string, string, string, string] {
  const end = text.length;
  const place = (heading: string, otherwise: number) => {
    const i = text.startsWith(heading) ? 0 : text.indexOf(`\n${heading}`);
    return i < 0 ? otherwise : i;
  };
  const kept = place(KEPT, end);
  const making = place(MAKING, kept);
  const exits = place(LEAVING, making);
  return [text.slice(0, exits), text.slice(exits, making), text.slice(making, kept), text.slice(kept)];
}
