import { digits } from '../src/base/text/numbers.ts';
import { percent } from '../src/base/text/percent.ts';
import { markdownTable } from '../src/base/text/table.ts';
import type { Agreement } from './agreement.ts';
import { bestPeer, type Race, ratioTo } from './race.ts';
import { titleOf } from './subjects.ts';

/** Everything a run of the bench found. */
export interface Results {
  readonly facts: readonly (readonly [string, string])[];
  /** Best rates of a square product of either side, in GFLOP/s, over the start and the end of the run. */
  /** Load average of the last minute before the bench began, and the cores there are. */
  readonly load: number;
  readonly cores: number;
  readonly peaks: { readonly torch: number; readonly ort: number };
  readonly agreements: readonly Agreement[];
  readonly races: readonly Race[];
}

const columns = ['', 'median ms', 'min ms', 'ours / it', 'peak MiB', 'GFLOP/s', 'of peak', 'compile s'];

function raceRows(r: Race, peak: number): string[][] {
  const best = bestPeer(r);
  return r.entries.map((e) => {
    const rate = r.flops / e.median / 1e6;
    return [
      e === best ? `${e.name} (best)` : e.name,
      digits(e.median),
      digits(e.least),
      e === r.entries[0] ? '' : ratioTo(r, e).toFixed(2),
      e.peakMiB.toFixed(0),
      digits(rate),
      percent(rate / peak, 0),
      e.compileSeconds === null ? '' : digits(e.compileSeconds),
    ];
  });
}

/** One line a subject: ours against the best mode of PyTorch. */
function summary(races: readonly Race[]): string {
  const rows = races.map((r) => {
    const best = bestPeer(r);
    const ours = r.entries[0]!;
    if (!best) return [titleOf(r.subject), digits(ours.median), '', '', '', '', ''];
    const least = Math.min(...r.entries.slice(1).map((e) => e.least));
    const memory = Math.min(...r.entries.slice(1).map((e) => e.peakMiB));
    return [
      titleOf(r.subject),
      digits(ours.median),
      `${digits(best.median)} (${best.name.replace('torch ', '')})`,
      ratioTo(r, best).toFixed(2),
      (ours.least / least).toFixed(2),
      ours.peakMiB.toFixed(0),
      memory.toFixed(0),
    ];
  });
  return markdownTable([
    ['', 'yosegi ms', 'best torch ms', 'ratio', 'ratio of minima', 'yosegi MiB', 'least torch MiB'],
    ...rows,
  ]);
}

/** Load a core above which other work decides the timings. */
const QUIET = 0.75;

/** A warning where the load average of the last minute before the bench began was above that, else ''. */
export function busyText(load: number, cores: number): string {
  if (load <= QUIET * cores) return '';
  return `> **The machine was busy: load average ${load.toFixed(1)} on ${cores} cores before the bench began.** These times say how the sides
> fare beside other work, not how fast they are, and the sides do not suffer alike.
> Do not quote the ratios; run the bench again on a quiet machine.

`;
}

/** The results as Markdown. */
export function resultsText({ facts, load, cores, peaks, agreements, races }: Results): string {
  const peak = Math.max(peaks.torch, peaks.ort);
  const sections = races.map((r) => {
    const failed = r.failed.map((f) => `\nFailed: ${f}\n`).join('');
    return `### ${titleOf(r.subject)}\n\n${digits(r.flops / 1e9)} GFLOP, ${r.entries[0]!.rounds.length} rounds.\n\n${markdownTable([columns, ...raceRows(r, peak)])}\n${failed}`;
  });
  return `# yosegi against PyTorch

Written by \`npm run bench:peers\`. The same model definitions (AsCAN's, timm's) on the same machine, every side in a process of its own, taking turns
(A B C A B C …). A training step is forward, backward, gradient norm, clipping and AdamW; inference is the form that ships (batch
normalisation folded, standard operators). _median_ is over the rounds' medians; _ratio_ and _ours / it_ are our time divided by
theirs, pair by pair, median over the rounds: below 1 we are faster. _ratio of minima_ is our fastest iteration by the fastest of all
torch modes: where other work disturbs the medians, it is nearer the truth. _peak MiB_ is the peak of the whole process, compilers included.
GFLOP counts a training step as three forward passes; _of peak_ is against the best measured square matrix product.

${busyText(load, cores)}${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}
- matrix product 2048³, best: torch ${digits(peaks.torch)} GFLOP/s, ONNX Runtime ${digits(peaks.ort)} GFLOP/s
${agreements.map((a) => `- ${a.model}: ${a.text}`).join('\n')}

## In short

${summary(races)}

## In full

${sections.join('\n')}`;
}
