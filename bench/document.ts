import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LEAVING } from './exits/text.ts';

/** What was written by hand from here on stays when the numbers are written anew. */
const KEPT = '## What falls short and why';

/** What a run has written; what it has not stays as the file has it. */
export interface Written {
  /** Everything up to the races of models with exits. */
  readonly plain?: string;
  readonly exits?: string;
}

/** Writes the results of a run into a file that may hold those of others. */
export function writeResults(file: string, written: Written): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [plain, exits, kept] = parts(before);
  const text = [written.plain ?? plain, written.exits ?? exits, kept].map((t) => t.trim()).filter((t) => t !== '');
  writeFileSync(file, `${text.join('\n\n')}\n`);
}

function parts(text: string): [string, string, string] {
  const end = text.length;
  const place = (heading: string, otherwise: number) => {
    const i = text.startsWith(heading) ? 0 : text.indexOf(`\n${heading}`);
    return i < 0 ? otherwise : i;
  };
  const kept = place(KEPT, end);
  const exits = place(LEAVING, kept);
  return [text.slice(0, exits), text.slice(exits, kept), text.slice(kept)];
}
