import { digits } from '../../src/base/text/numbers.ts';
import { markdownTable } from '../../src/base/text/table.ts';
import { besideTorch, bestTorch, type Entry, ratioTo } from '../race.ts';
import { torchModes } from '../sides.ts';
import { LATER, type TuningRace } from './race.ts';

/** The heading under which bench/RESULTS.md has these races. */
export const TUNING = '## What users do: MobileNetV2 fine-tuned, beside PyTorch and PEFT';

/** What a run of these races found. */
export interface TuningResults {
  readonly facts: readonly (readonly [string, string])[];
  /** A warning where the machine was busy, else ''. */
  readonly warning: string;
  readonly races: readonly TuningRace[];
}

const rateOf = ({ images }: TuningRace, { median }: Entry) =>
  images === undefined ? '' : digits((1000 * images) / median);

/** One line a subject: ours against the best mode of PyTorch. */
function summary(races: readonly TuningRace[]): string {
  const rows = races.map((r) => {
    const ours = r.entries[0]!;
    const { best, time, ratio, ofLeast, leastMiB } = besideTorch(r);
    const against = [time, best ? rateOf(r, best) : '', ratio, ofLeast, ours.peakMiB.toFixed(0), leastMiB];
    return [r.subject.title, digits(ours.median), rateOf(r, ours), ...against];
  });
  const head = ['', 'yosegi ms', 'images/s', 'best torch ms', 'images/s', 'ratio', 'ratio of minima'];
  return markdownTable([[...head, 'yosegi MiB', 'least torch MiB'], ...rows]);
}

/** Every side of a race in a line. */
function tuningTable(r: TuningRace): string {
  const best = bestTorch(r);
  const rows = r.entries.map((e) => {
    const apart = r.apart.get(e.name);
    return [
      e === best ? `${e.name} (best mode)` : e.name,
      digits(e.median),
      digits(e.least),
      rateOf(r, e),
      e === r.entries[0] ? '' : ratioTo(r, e).toFixed(2),
      e.peakMiB.toFixed(0),
      apart ? apart.loss.toExponential(1) : '',
      apart ? apart.gradientNorm.toExponential(1) : '',
      e.compileSeconds === null ? '' : digits(e.compileSeconds),
    ];
  });
  const head = ['', 'median ms', 'min ms', 'images/s', 'ours / it', 'peak MiB', 'loss apart', 'gradient apart'];
  const failed = r.failed.map((f) => `\nFailed: ${f}\n`).join('');
  return `${markdownTable([[...head, 'compile s'], ...rows])}\n${failed}`;
}

const heading = ({ subject, entries }: TuningRace) => {
  const { length } = entries[0]!.rounds;
  const { parameters } = entries[0]!;
  const trained = parameters > 0 ? `${parameters.toLocaleString('en')} numbers are trained. ` : '';
  return `### ${subject.title}\n\n${trained}${length} ${length === 1 ? 'round' : 'rounds'}.`;
};

/** The results as Markdown. */
export function tuningText({ facts, warning, races }: TuningResults): string {
  const [first] = races;
  const { size, batch } = first!.subject;
  return `${TUNING}

Written by \`npm run bench:peers -- --only tuning\`. MobileNetV2 (timm's mobilenetv2_100) at ${size} pixels and batch ${batch} on both sides, with the same formula weights and
images; every side in a process of its own, in turns. A step is forward, backward, gradient norm, clipping and AdamW over what is trained; frozen
normalisations keep their running statistics. Low-rank pairs are PEFT's of rank 2 with its default alpha of 8, beside all conv_pw and conv_pwl, the head
trained with them. Modes of PyTorch: ${torchModes.train.join(', ')}. _apart_: by how much loss and gradient norm of a side's first step differ from ours,
relatively; a side that differs by more than a thousandth is not raced. Two ways to train a head alone: \`--probe\` keeps what the backbone said of each picture
once, without augmentation, so that its step is the head's alone (raced against the same in PyTorch); \`--freeze backbone\` runs it in every step.

An epoch is that of the demo's X-SDD pictures (JPEG and PNG of 128 pixels) above stride 16, cut at random, mirrored, the last batch dropped. Ours opens the
folder in it, which decodes and checks all pictures, those for testing too; _${LATER}_ is an epoch of the same training behind the first, as decoded pictures are kept. PyTorch's
side is torchvision in a DataLoader with two workers, whose memory is not counted. The way to the first step is that of a new process: ours as \`yosegi train DIR\` goes it (the built
library, all pictures decoded, weights from the package), PyTorch's a script that imports torch, timm and torchvision, takes the same weights and has two
workers prepare one batch; files are in memory, compiled modes are not raced.

_ratio_ is our time by that of the fastest mode, pair by pair, median over the rounds: below 1 we are faster. _MiB_ is the peak of the resident memory of a
side's whole process, compilers included.

${warning}${facts.map(([k, v]) => `- ${k}: ${v}`).join('\n')}

${summary(races)}

${races.map((r) => `${heading(r)}\n\n${tuningTable(r)}`).join('\n')}`;
}
