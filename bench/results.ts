import { digits } from '../src/base/text/numbers.ts';
import { percent } from '../src/base/text/percent.ts';
import { markdownTable } from '../src/base/text/table.ts';
import type { Agreement } from './agreement.ts';
import { besideTorch, bestTorch, ofKind, type Race, type Raced, ratioTo } from './race.ts';
import { sidesText } from './sides.ts';
import { titleOf } from './subjects.ts';

/** Everything a run of the bench found. */
export interface Results {
  readonly facts: readonly (readonly [string, string])[];
  /** A warning where the machine was busy, else ''. */
  readonly warning: string;
  /** Best rates of a square product of either side, in GFLOP/s, over the start and the end of the run. */
  readonly peaks: { readonly torch: number; readonly ort: number };
  readonly agreements: readonly Agreement[];
  readonly races: readonly Race[];
}

const columns = ['', 'median ms', 'min ms', 'ours / it', 'peak MiB', 'GFLOP/s', 'of peak', 'compile s'];

/** Every side of a race in a line; `peak` is the best rate of a matrix product in GFLOP/s. */
export function raceTable(r: Raced, peak: number): string {
  const best = bestTorch(r);
  const rows = r.entries.map((e) => {
    const rate = r.flops / e.median / 1e6;
    return [
      e === best ? `${e.name} (best mode)` : e.name,
      digits(e.median),
      digits(e.least),
      e === r.entries[0] ? '' : ratioTo(r, e).toFixed(2),
      e.peakMiB.toFixed(0),
      digits(rate),
      percent(rate / peak, 0),
      e.compileSeconds === null ? '' : digits(e.compileSeconds),
    ];
  });
  const failed = r.failed.map((f) => `\nFailed: ${f}\n`).join('');
  return `${markdownTable([columns, ...rows])}\n${failed}`;
}

/** One line a subject: ours against the best mode of PyTorch, and against what PyTorch exports on plain ONNX Runtime; memory beside. */
function summary(races: readonly Race[]): string {
  const rows = races.map((r) => {
    const ours = r.entries[0]!;
    const [plain] = ofKind(r, 'plain');
    const { time, ratio, ofLeast, leastMiB } = besideTorch(r);
    return [
      titleOf(r.subject),
      digits(ours.median),
      ...[time, ratio, ofLeast],
      ...(plain ? [digits(plain.median), ratioTo(r, plain).toFixed(2)] : ['', '']),
      ours.peakMiB.toFixed(0),
      leastMiB,
      plain ? plain.peakMiB.toFixed(0) : '',
    ];
  });
  return markdownTable([
    [
      '',
      'yosegi ms',
      'best torch ms',
      'ratio',
      'ratio of minima',
      'plain ORT ms',
      'ratio to it',
      'yosegi MiB',
      'least torch MiB',
      'plain ORT MiB',
    ],
    ...rows,
  ]);
}

/** The results as Markdown. */
export function resultsText({ facts, warning, peaks, agreements, races }: Results): string {
  const peak = Math.max(peaks.torch, peaks.ort);
  const sections = races.map((r) => {
    const how = r.exported ? ` Plain ONNX Runtime: ${r.exported}.` : '';
    return `### ${titleOf(r.subject)}\n\n${digits(r.flops / 1e9)} GFLOP, ${r.entries[0]!.rounds.length} rounds.${how}\n\n${raceTable(r, peak)}`;
  });
  return `# yosegi against PyTorch

Written by \`npm run bench:peers\`. The same model definitions (AsCAN's, timm's) on the same machine, every side in a process of its own, taking turns
(A B C A B C …). A training step is forward, backward, gradient norm, clipping and AdamW; inference is the form that ships (batch
normalisation folded, standard operators). ${sidesText}
_Plain ORT_, in inference: what torch.onnx.export makes of the same network, its batch fixed, on onnxruntime-node with its default
options and as many threads; ours has the same weights there, and takes any batch.

_median_ is over the rounds' medians; _ratio_ and _ours / it_ are our time divided by that of the fastest mode of PyTorch, or of the side
itself, pair by pair, median over the rounds: below 1 we are faster. _ratio of minima_ is our fastest iteration by the fastest of all
torch modes: where other work disturbs the medians, it is nearer the truth. _MiB_ is the peak of the resident memory of a side's whole
process, compilers included; _least torch MiB_ is of whichever mode takes least. GFLOP counts a training step as three forward passes; _of
peak_ is against the best measured square matrix product.

${warning}${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}
- matrix product 2048³, best: torch ${digits(peaks.torch)} GFLOP/s, ONNX Runtime ${digits(peaks.ort)} GFLOP/s
${agreements.map((a) => `- ${a.model}: ${a.text}`).join('\n')}

## In short

${summary(races)}

## In full

${sections.join('\n')}`;
}
