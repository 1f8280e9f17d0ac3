import { judged } from '../exits/record.ts';
import { byLevel, type FindingOf, type Level, type Told, told } from '../page/advice.ts';
import type { Seen, TaskPage } from '../tasks/page.ts';
import type { Epoch } from '../train/epoch.ts';
import { duplicateFacts, measuredSplit } from './data-summary.ts';
import type { ReportInput } from './input.ts';
import type { Words } from './words/words.ts';

/** Everything a report may warn of, with the numbers its sentence needs. Shares are 0 … 1. */
export interface FindingKinds {
  leak: { groups: number };
  validationOnly: { images: number };
  stillLearning: { epochs: number };
  brokenFiles: { files: number };
  exitsSlower: { ms: number; whole: number };
  exitsWorse: { policy: number; end: number; lost: number; images: number };
  staticBetter: { name: string; ms: number; policy: number; accuracy: number; own: number };
}
export type Finding = FindingOf<FindingKinds>;

const levels: Readonly<Record<keyof FindingKinds, Level>> = {
  leak: 'act',
  validationOnly: 'careful',
  brokenFiles: 'careful',
  exitsSlower: 'careful',
  exitsWorse: 'careful',
  staticBetter: 'careful',
  stillLearning: 'try',
};

/** A rule of thumb: one image more or less is chance. */
const FEW_LOST = 0.01;

/** What a careful engineer would point out about this run, the task's own findings among them, the most urgent first. */
export function advise(input: ReportInput, page: TaskPage, words: Words): Told[] {
  const own = page.findings(seenBy(input));
  const early = own.some(({ unfinished }) => unfinished);
  const found = findings(input).filter(({ kind }) => !(early && kind === 'stillLearning'));
  return [...own, ...told<FindingKinds>(found, levels, words.findings)].sort(byLevel);
}

/** What a task's own findings are drawn from. */
export function seenBy({ evaluation, epochs, run, dataSummary }: ReportInput): Seen {
  return {
    evaluation,
    epochs: epochs.length,
    best: bestEpoch(epochs),
    options: run.options,
    data: dataSummary && {
      classes: dataSummary.classes,
      conflicts: duplicateFacts(dataSummary, measuredSplit(run, evaluation)).conflicts.length,
    },
  };
}

/** What there is to say whatever the task. */
export function findings(input: ReportInput): Finding[] {
  return [...fromEpochs(input.epochs), ...fromEvaluation(input), ...fromExits(input), ...fromData(input)];
}

function fromEvaluation({ evaluation: e }: ReportInput): Finding[] {
  return e?.split === 'val' ? [{ kind: 'validationOnly', images: e.images }] : [];
}

function fromExits({ exits }: ReportInput): Finding[] {
  if (!exits?.record) return [];
  const { report } = judged(exits.record);
  const { policy, measured, images, lost, gained } = report;
  const found: Finding[] = [];
  if (measured.parts.mean >= measured.whole.mean) {
    found.push({ kind: 'exitsSlower', ms: measured.parts.mean, whole: measured.whole.mean });
  }
  if (lost - gained >= Math.max(2, FEW_LOST * images)) {
    found.push({ kind: 'exitsWorse', policy: policy.accuracy, end: report.exits.at(-1)!, lost, images });
  }
  const better = exits.record.statics
    .filter((s) => s.ms <= measured.parts.mean && s.accuracy >= policy.accuracy)
    .sort((a, b) => b.accuracy - a.accuracy || a.ms - b.ms)[0];
  if (better) {
    const { model, ms, accuracy } = better;
    found.push({ kind: 'staticBetter', name: model, ms, accuracy, policy: measured.parts.mean, own: policy.accuracy });
  }
  return found;
}

function fromData({ run, evaluation, dataSummary }: ReportInput): Finding[] {
  const found: Finding[] = [];
  if (run.problems.length > 0) found.push({ kind: 'brokenFiles', files: run.problems.length });
  if (!dataSummary) return found;
  const { leaks } = duplicateFacts(dataSummary, measuredSplit(run, evaluation));
  if (leaks.length > 0) found.push({ kind: 'leak', groups: leaks.length });
  return found;
}

/** The epoch whose weights are kept: the last one marked best. */
export function bestEpoch(epochs: readonly Epoch[]): Epoch | undefined {
  return epochs.findLast(({ best }) => best);
}

/** Still learning: the best epoch is among the last tenth, and the validation loss was still falling clearly there. */
function fromEpochs(epochs: readonly Epoch[]): Finding[] {
  const best = bestEpoch(epochs);
  const losses = epochs.flatMap(({ val: figures }) => figures?.loss ?? []);
  const tenth = Math.ceil(losses.length / 10);
  if (!best || losses.length < 4 || epochs.indexOf(best) < epochs.length - tenth) return [];
  const mean = (from: number) => losses.slice(from, from + tenth).reduce((a, b) => a + b, 0) / tenth;
  const [before, last] = [mean(losses.length - 2 * tenth), mean(losses.length - tenth)];
  return last < 0.95 * before ? [{ kind: 'stillLearning', epochs: epochs.length }] : [];
}
