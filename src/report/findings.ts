import { z } from 'zod';
import { judged } from '../exits/record.ts';
import { mixups } from '../tasks/classify/confusion.ts';
import { accuracyInterval, type Evaluation } from '../tasks/classify/evaluation.ts';
import type { Epoch } from '../train/epoch.ts';
import { duplicateFacts, measuredSplit } from './data-summary.ts';
import type { ReportInput } from './input.ts';

/** Everything a report may warn of, with the numbers its sentence needs. Shares are 0 … 1. */
export interface FindingKinds {
  guessing: { accuracy: number; majority: number; name: string };
  leak: { groups: number };
  conflict: { groups: number };
  undertrained: { train: number; epochs: number };
  missed: { classes: { name: string; found: number; support: number; takenFor?: string }[] };
  falseAlarms: { classes: { name: string; right: number; named: number }[] };
  confused: { a: string; b: string; count: number; support: number };
  untested: { names: string[] };
  smallTest: { images: number; low: number; high: number };
  fewTest: { classes: { name: string; count: number }[] };
  fewTraining: { classes: { name: string; count: number }[] };
  imbalance: { most: { name: string; count: number }; least: { name: string; count: number } };
  validationOnly: { images: number };
  overconfident: { confidence: number; accuracy: number };
  underconfident: { confidence: number; accuracy: number };
  gap: { train: number; val: number };
  stillLearning: { epochs: number };
  brokenFiles: { files: number };
  exitsSlower: { ms: number; whole: number };
  exitsWorse: { policy: number; end: number; lost: number; images: number };
  staticBetter: { name: string; ms: number; policy: number; accuracy: number; own: number };
}
export type FindingKind = keyof FindingKinds;
export type Finding<K extends FindingKind = FindingKind> = { [P in K]: { kind: P } & FindingKinds[P] }[K];

/** How urgent a finding is: act before relying on the model, keep in mind, or worth trying. */
export type Level = 'act' | 'careful' | 'try';

export const levels: Record<FindingKind, Level> = {
  guessing: 'act',
  leak: 'act',
  conflict: 'act',
  undertrained: 'act',
  missed: 'act',
  untested: 'act',
  falseAlarms: 'careful',
  confused: 'careful',
  smallTest: 'careful',
  fewTest: 'careful',
  fewTraining: 'careful',
  imbalance: 'careful',
  validationOnly: 'careful',
  overconfident: 'careful',
  underconfident: 'careful',
  gap: 'careful',
  brokenFiles: 'careful',
  exitsSlower: 'careful',
  exitsWorse: 'careful',
  staticBetter: 'careful',
  stillLearning: 'try',
};

// Rules of thumb: where one image more or less visibly moves a number, or where experience says that a model learns the
// accidents of single pictures.
const FEW_TRAINING = 50;
const FEW_TEST = 20;
const FEW_TO_JUDGE = 5;
const WEAK_RECALL = 0.85;
const WEAK_PRECISION = 0.8;
const WIDE_INTERVAL = 0.1;
const IMBALANCE = 10;
const FEW_LOST = 0.01;
const GAP = 0.05;
const LEARNED = 0.85;

/** What a careful engineer would point out about this run, the most urgent first. */
export function findings(input: ReportInput): Finding[] {
  const found = [...fromEpochs(input.epochs), ...fromEvaluation(input), ...fromExits(input), ...fromData(input)];
  const order: Level[] = ['act', 'careful', 'try'];
  return found.sort((a, b) => order.indexOf(levels[a.kind]) - order.indexOf(levels[b.kind]));
}

function fromEvaluation({ evaluation: e }: ReportInput): Finding[] {
  if (!e) return [];
  const found: Finding[] = [];
  const { low, high } = accuracyInterval(e);
  const largest = e.classes.reduce((a, b) => (b.support > a.support ? b : a));
  const majority = largest.support / e.images;
  if (e.classes.length > 1 && low <= majority) {
    found.push({ kind: 'guessing', accuracy: e.accuracy, majority, name: largest.name });
  }
  const untested = e.classes.filter(({ support }) => support === 0).map(({ name }) => name);
  if (untested.length > 0) found.push({ kind: 'untested', names: untested });
  found.push(...mixedUp(e));
  if (high - low > WIDE_INTERVAL) found.push({ kind: 'smallTest', images: e.images, low, high });
  const few = e.classes.filter(({ support }) => support > 0 && support < FEW_TEST);
  if (few.length > 0) {
    found.push({ kind: 'fewTest', classes: few.map(({ name, support }) => ({ name, count: support })) });
  }
  if (e.split === 'val') found.push({ kind: 'validationOnly', images: e.images });
  const confidence = e.bins.reduce((sum, bin) => sum + bin.count * bin.confidence, 0) / e.images;
  const off = confidence - e.accuracy;
  if (e.calibrationError > 0.1 || (e.calibrationError > 0.05 && Math.abs(off) > 0.03)) {
    found.push({ kind: off > 0 ? 'overconfident' : 'underconfident', confidence, accuracy: e.accuracy });
  }
  return found;
}

/** Classes often missed, names often given wrongly, and at most three pairs of other classes taken for each other. */
function mixedUp({ classes, confusion }: Evaluation): Finding[] {
  const all = mixups(confusion);
  const indexed = classes.map((c, index) => ({ ...c, index, hits: confusion[index]![index]! }));
  const found: Finding[] = [];
  const weak = indexed
    .filter(({ support, recall }) => support >= FEW_TO_JUDGE && recall < WEAK_RECALL)
    .sort((a, b) => a.recall - b.recall);
  if (weak.length > 0) {
    const told = weak.map(({ name, support, index, hits }) => {
      const most = all.find(({ truth }) => truth === index);
      return { name, support, found: hits, takenFor: most && classes[most.predicted]!.name };
    });
    found.push({ kind: 'missed', classes: told });
  }
  const alarms = indexed
    .map((c) => ({ ...c, named: confusion.reduce((sum, row) => sum + row[c.index]!, 0) }))
    .filter(({ named, precision }) => named >= FEW_TO_JUDGE && precision < WEAK_PRECISION)
    .sort((a, b) => a.precision - b.precision);
  if (alarms.length > 0) {
    found.push({ kind: 'falseAlarms', classes: alarms.map(({ name, named, hits }) => ({ name, named, right: hits })) });
  }
  const pairs: Finding<'confused'>[] = [];
  classes.forEach((a, i) => {
    classes.slice(i + 1).forEach((b, k) => {
      const j = i + 1 + k;
      const count = confusion[i]![j]! + confusion[j]![i]!;
      const support = a.support + b.support;
      const told = weak.some(({ index }) => index === i || index === j);
      if (!told && count >= 2 && count >= 0.03 * support) {
        pairs.push({ kind: 'confused', a: a.name, b: b.name, count, support });
      }
    });
  });
  return [...found, ...pairs.sort((a, b) => b.count - a.count).slice(0, 3)];
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
  const { leaks, conflicts } = duplicateFacts(dataSummary, measuredSplit(run, evaluation));
  if (leaks.length > 0) found.push({ kind: 'leak', groups: leaks.length });
  if (conflicts.length > 0) found.push({ kind: 'conflict', groups: conflicts.length });
  const counts = dataSummary.classes
    .map(({ name, train }) => ({ name, count: train }))
    .sort((a, b) => a.count - b.count);
  const few = counts.filter(({ count }) => count < FEW_TRAINING);
  if (few.length > 0) found.push({ kind: 'fewTraining', classes: few });
  const [least, most] = [counts[0]!, counts.at(-1)!];
  if (most.count >= IMBALANCE * Math.max(1, least.count) && !evensOut(run.options)) {
    found.push({ kind: 'imbalance', most, least });
  }
  return found;
}

/** Whether rare classes were weighed or shown more often in training already. */
function evensOut(options: Readonly<Record<string, unknown>>): boolean {
  const parsed = z
    .object({ sampling: z.string(), task: z.object({ classWeights: z.string().optional() }).optional() })
    .safeParse(options);
  return parsed.success && [parsed.data.sampling, parsed.data.task?.classWeights].includes('balanced');
}

/** The epoch whose weights are kept: the last one marked best. */
export function bestEpoch(epochs: readonly Epoch[]): Epoch | undefined {
  return epochs.findLast(({ best }) => best);
}

function fromEpochs(epochs: readonly Epoch[]): Finding[] {
  const found: Finding[] = [];
  const best = bestEpoch(epochs);
  const [train, val] = [best?.train.accuracy, best?.val?.accuracy];
  if (train !== undefined && val !== undefined) {
    // Training pictures are varied, so a low share on them says little where the unvaried ones are recognised.
    if (Math.max(train, val) < LEARNED) found.push({ kind: 'undertrained', train, epochs: epochs.length });
    if (train - val > GAP) found.push({ kind: 'gap', train, val });
  }
  // Still learning: the best epoch is among the last tenth, and the validation loss was still falling clearly there.
  const losses = epochs.flatMap(({ val: figures }) => figures?.loss ?? []);
  const tenth = Math.ceil(losses.length / 10);
  if (
    found[0]?.kind !== 'undertrained' &&
    best &&
    losses.length >= 4 &&
    epochs.indexOf(best) >= epochs.length - tenth
  ) {
    const mean = (from: number) => losses.slice(from, from + tenth).reduce((a, b) => a + b, 0) / tenth;
    const [before, last] = [mean(losses.length - 2 * tenth), mean(losses.length - tenth)];
    if (last < 0.95 * before) found.push({ kind: 'stillLearning', epochs: epochs.length });
  }
  return found;
}
