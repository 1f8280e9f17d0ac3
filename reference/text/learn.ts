/** Prints the tokenizer.json that is learnt from the lines of record.py: `npx tsx reference/text/learn.ts > learned.json`. */
import { readFileSync } from 'node:fs';
import { learnTokenizer } from '../../src/text/learn-tokenizer.ts';

const script = readFileSync(new URL('record.py', import.meta.url), 'utf8');
const [, list] = /^LINES = \[(.*)\]$/m.exec(script)!;
const lines = Array.from(list!.matchAll(/'([^']*)'/g), ([, line]) => line!);
console.log(JSON.stringify(learnTokenizer(lines, 320)));
