import { digits, short } from '../../src/base/text/numbers.ts';
import { percent } from '../../src/base/text/percent.ts';
import { markdownTable } from '../../src/base/text/table.ts';
import { percentile } from '../../src/measure/percentile.ts';
import { DYNAMIC, type ExitRace, type Timing } from './race.ts';
import { batches, shares } from './subjects.ts';

/** The heading under which bench/RESULTS.md has these races. */
export const LEAVING = '## Leaving early: Dynamic Perceiver against its official code';

/** What a run of these races found. */
export interface ExitResults {
  readonly facts: readonly (readonly [string, string])[];
  /** A warning where the machine was busy, else ''. */
  readonly warning: string;
  readonly races: readonly ExitRace[];
}

const OURS = 'yosegi, parts';
const percents = shares.map((s) => percent(s, 0)).join(', ');

/** The official code's ways. */
const ways = ['published', 'parts'] as const;

const at = (race: ExitRace, batch: number, cell: string) =>
  race.timings.filter((t) => t.batch === batch && t.cell === cell);

/** What a way of the official code is timed at for an exit: published, every exit takes the whole network. */
function official(race: ExitRace, way: (typeof ways)[number], batch: number, cell: string): Timing[] {
  const from = way === 'published' && cell !== DYNAMIC ? race.exits.at(-1)! : cell;
  return at(race, batch, from).filter((t) => t.side.startsWith(`torch ${way}, `));
}

const medianOf = (t: Timing) => percentile(t.rounds, 50);
const fastest = (all: readonly Timing[]) =>
  all.reduce<Timing | undefined>((best, t) => (!best || medianOf(t) < medianOf(best) ? t : best), undefined);
/** The median over the rounds, pair by pair. */
const ratio = (a: Timing, b: Timing) =>
  percentile(
    a.rounds.map((ms, i) => ms / b.rounds[i]!),
    50,
  ).toFixed(2);

const cellsOf = (race: ExitRace) => [...race.exits, DYNAMIC];

/** One line for each batch size and exit: ours against the best mode of either way of the official code. */
function summary(race: ExitRace): string {
  const rows = batches.flatMap((batch) =>
    cellsOf(race).map((cell, k) => {
      const ours = at(race, batch, cell).find((t) => t.side === OURS)!;
      const against = ways.flatMap((way) => {
        const all = official(race, way, batch, cell);
        const best = fastest(all);
        if (!best) return ['', '', ''];
        const least = Math.min(...all.map((t) => t.least));
        const mode = best.side.replace(`torch ${way}, `, '');
        return [`${digits(medianOf(best))} (${mode})`, ratio(ours, best), (ours.least / least).toFixed(2)];
      });
      const name = cell === DYNAMIC ? `batch ${batch}, dynamic` : `batch ${batch}, all leave at ${cell}`;
      const macs = race.macs[k] ?? shares.reduce((sum, share, e) => sum + share * race.macs[e]!, 0);
      return [name, short(macs), digits(medianOf(ours)), ...against];
    }),
  );
  const columns = ['ratio', 'of minima'];
  return markdownTable([
    ['', 'MACs an image', 'yosegi ms', 'published ms', ...columns, 'in parts ms', ...columns],
    ...rows,
  ]);
}

/** Every side's median and least time. */
function full(race: ExitRace, batch: number): string {
  const cells = cellsOf(race);
  const sides = [...new Set(race.timings.filter((t) => t.batch === batch).map((t) => t.side))];
  const rows = sides.map((side) => [
    side,
    ...cells.map((cell) => {
      const t = at(race, batch, cell).find((timing) => timing.side === side);
      return t ? `${digits(medianOf(t))} (${digits(t.least)})` : '';
    }),
  ]);
  return markdownTable([[`batch ${batch}, ms`, ...cells], ...rows]);
}

/** Ours as one file with `If`s against the parts, one image at a time. */
function oneFile(race: ExitRace): string {
  const each = cellsOf(race).flatMap((cell) => {
    const [parts, file] = [OURS, 'yosegi, one file'].map((side) => at(race, 1, cell).find((t) => t.side === side));
    return parts && file ? [`${cell} ${ratio(file, parts)}`] : [];
  });
  return `One file's time over the parts', one image at a time: ${each.join(', ')}.`;
}

/** The races as a section of Markdown. */
export function exitsText({ facts, warning, races }: ExitResults): string {
  const sections = races.map((race) => {
    const failed = race.failed.map((f) => `\n\nFailed: ${f}`).join('');
    return `### ${race.subject.model}, ${race.subject.size} px

${summary(race)}

${oneFile(race)} Rounds: ${race.timings[0]!.rounds.length}. Medians, and in brackets the least:

${batches.map((batch) => full(race, batch)).join('\n\n')}${failed}`;
  });
  return `${LEAVING}

Written by \`npm run bench:peers -- --only exits --dynamic-perceiver DIR\`. Equal weights, every side in a process of its own, all of them in
turns at each exit (A B C A B C …). Milliseconds are for one batch: at batch 1 for one image, dynamic as the mean over ${races[0]?.subject.images ?? 0} images
one by one. Ours is the staged program: it stops at an exit, and a batch goes on with the images that have not left. _published_ is the
official forward, which computes all four exits whatever the thresholds. _in parts_ is what its modules could do: called from our own script up
to one exit after another, images that have left taken out of the batch; where compiled, each part for each size of batch that comes. Both
ours and the parts compute the confidence of every exit that they pass. _dynamic_: thresholds that let ${percents} of the
images leave at the four exits. The best mode of PyTorch is compared (its name in brackets); ratios are our time divided by theirs, below 1 we are faster:
pair by pair, median over the rounds, and our fastest iteration by the fastest of all modes. _yosegi, whole_ is the network without exits as one
program; _one file_ is the file with \`If\`s inside, for one image at a time.

${warning}${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}
${races.map((r) => `- ${r.subject.model}: ${r.agreement}`).join('\n')}

${sections.join('\n\n')}
`;
}
