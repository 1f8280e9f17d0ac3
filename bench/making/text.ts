import { digits } from '../../src/base/text/numbers.ts';
import { markdownTable } from '../../src/base/text/table.ts';
import { besideTorch } from '../race.ts';
import { raceTable } from '../results.ts';
import type { MakingRace } from './race.ts';
import { LABEL_DROPOUT, making, makingTitleOf } from './subjects.ts';

/** The heading under which bench/RESULTS.md has these races. */
export const MAKING = '## Making pictures: AsCAN’s UNet and DiT against the same networks in PyTorch';

/** What a run of these races found. */
export interface MakingResults {
  readonly facts: readonly (readonly [string, string])[];
  /** A warning where the machine was busy, else ''. */
  readonly warning: string;
  /** Best rate of a square product of either side, in GFLOP/s. */
  readonly peak: number;
  readonly agreements: readonly string[];
  readonly races: readonly MakingRace[];
}

/** One line a subject: ours against the best mode of PyTorch. */
function summary(races: readonly MakingRace[]): string {
  const rows = races.map((r) => {
    const ours = r.entries[0]!;
    const { time, ratio, ofLeast, leastMiB } = besideTorch(r);
    const own = [digits(ours.median), time, ratio, ofLeast, ours.peakMiB.toFixed(0), leastMiB];
    return [makingTitleOf(r.subject), ...own];
  });
  const head = ['', 'yosegi ms', 'best torch ms', 'ratio', 'ratio of minima', 'yosegi MiB', 'least torch MiB'];
  return markdownTable([head, ...rows]);
}

/** The results as Markdown. */
export function makingText({ facts, warning, peak, agreements, races }: MakingResults): string {
  const sections = races.map(
    (r) =>
      `### ${makingTitleOf(r.subject)}\n\n${digits(r.flops / 1e9)} GFLOP, ${r.entries[0]!.rounds.length} rounds.\n\n${raceTable(r, peak)}`,
  );
  return `${MAKING}

Written by \`npm run bench:peers -- --only making\`. The same networks in PyTorch are those of reference/generate, with the same weights; every side in a process of its
own, in turns. A training step: noise, times and classes that are not told (${LABEL_DROPOUT}) drawn, forward, backward, gradient norm, clipping and AdamW (rectified
flow, error of the direction). Sampling: ${making.steps} steps of DPM-Solver++ 2M with guidance ${making.guidance}, so ${2 * making.steps} looks a picture, told and untold in one
batch on both sides, from noise to the finished numbers; PyTorch's own arithmetic between two looks is in its tensors. Each table has the modes of PyTorch that
were raced. _ratio_ is our time by that of the fastest mode, pair by pair, median over the rounds: below 1 we are faster.

${warning}${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}
${agreements.map((a) => `- ${a}`).join('\n')}

${summary(races)}

${sections.join('\n')}`;
}
