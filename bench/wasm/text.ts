import { digits } from '../../src/base/text/numbers.ts';
import { markdownTable } from '../../src/base/text/table.ts';
import type { Work } from './ours.ts';
import type { Race } from './race.ts';
import { OURS } from './sides.ts';

/** The heading under which bench/RESULTS.md has these races. */
export const WASM = '## In a browser: WebAssembly beside the native library, TensorFlow.js and jax-js';

export interface WasmResults {
  readonly facts: readonly (readonly [string, string])[];
  /** A warning where the machine was busy, else ''. */
  readonly warning: string;
  readonly races: readonly { readonly work: Work; readonly batch: number; readonly race: Race }[];
}

const titles: Readonly<Record<Work, string>> = {
  'plain train': 'Plain network, training step',
  'plain infer': 'Plain network, inference',
  'nano train': 'ascan-nano, training step (AdamW)',
  'nano infer': 'ascan-nano, inference',
};

/** The results as a section of bench/RESULTS.md. */
export function wasmText({ facts, warning, races }: WasmResults): string {
  const tables = races.map(
    ({ work, batch, race }) => `### ${titles[work]}, batch ${batch}\n\n${raceTable(race, batch)}`,
  );
  return `${WASM}

${warning}Written by \`npx tsx bench/wasm.ts --peers DIR\`. The native library runs in Node, everything else in pages of a headless Chromium: those of one thread in a page
as any server gives it, those of two in one that is isolated from other origins, so that threads may share memory. Photographs of X-SDD at 64 pixels, the
same first weights on all sides; the losses of the first three steps, or the logits, are compared with the native ones before anything is timed (_differs_,
as a share). The plain network (four 3×3 convolutions of 16, 32, 64, 64 channels with ReLU, three of them with stride 2, the mean over the pixels, a
linear layer) is trained by plain gradient descent, a whole step in one call of each library (jit in jax-js); AsCAN has layers that the peers would have to be
taught. _it / ours_: its median by that of ours on WebAssembly with as many threads; above 1 ours is faster. Sides whose iteration takes longer than 1.5 s have three turns, the others all.

${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}

${tables.join('\n\n')}
`;
}

function raceTable({ entries, failed }: Race, batch: number): string {
  const head = ['', 'threads', 'median ms', 'least ms', 'pictures a second', 'it / ours', 'differs'];
  const rows = entries.map((e) => {
    const ours = entries.find((o) => o.name === OURS && o.threads === e.threads);
    return [
      e.name,
      String(e.threads),
      digits(e.median),
      digits(e.least),
      digits((1000 * batch) / e.median),
      ours && ours !== e ? digits(e.median / ours.median) : '',
      e.differs.toExponential(1),
    ];
  });
  return `${markdownTable([head, ...rows])}${failed.map((f) => `\n\nCannot do it: ${f}`).join('')}`;
}
