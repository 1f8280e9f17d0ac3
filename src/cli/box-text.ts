import { bytesText } from '../base/text/numbers.ts';
import { table } from '../base/text/table.ts';
import { BOX, type BoxEntry } from '../weights/node/box.ts';

/** What is in the box, a line each, and how it is used. */
export function boxList(entries: readonly BoxEntry[]): string {
  const rows = entries.map((e) => [
    `${BOX}${e.name}`,
    e.config.architecture,
    bytesText(bytesOf(e)),
    e.licence,
    e.about,
  ]);
  const head = ['trained weights in the box', 'model', 'size', 'licence', 'what they were trained on'];
  return `${table([head, ...rows], { left: [0, 1, 3, 4] })}\nstart from them: yosegi train photos/ --weights ${BOX}NAME`;
}

/** Where weights in the box come from. */
export function boxText(e: BoxEntry): string {
  const files = Object.entries(e.files).map(([part, file]) => `${part} ${bytesText(file.bytes)}`);
  return [`${BOX}${e.name}: ${e.about}`, `${files.join(', ')}; ${e.licence}; from ${e.origin}`, e.folder].join('\n');
}

const bytesOf = ({ files }: BoxEntry) => Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
