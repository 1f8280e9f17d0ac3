import { z } from 'zod';
import type { FindingOf, Level } from '../../../page/advice.ts';
import type { Seen } from '../../page.ts';
import { mixups } from '../confusion.ts';
import { accuracyInterval, type Evaluation } from '../evaluation.ts';

/** Everything a page may warn of about a classifier, with the numbers its sentence needs. Shares are 0 … 1. */
export interface ClassifyFindings {
  conflict: { groups: number };
  fewTraining: { classes: { name: string; count: number }[] };
  imbalance: { most: { name: string; count: number }; least: { name: string; count: number } };
  guessing: { accuracy: number; majority: number; name: string };
  undertrained: { train: number; epochs: number };
  missed: { classes: { name: string; found: number; support: number; takenFor?: string }[] };
  falseAlarms: { classes: { name: string; right: number; named: number }[] };
  confused: { a: string; b: string; count: number; support: number };
  untested: { names: string[] };
  smallTest: { images: number; low: number; high: number };
  fewTest: { classes: { name: string; count: number }[] };
  overconfident: { confidence: number; accuracy: number };
  underconfident: { confidence: number; accuracy: number };
  gap: { train: number; val: number };
}
type Finding = FindingOf<ClassifyFindings>;

export const classifyLevels: Readonly<Record<keyof ClassifyFindings, Level>> = {
  conflict: 'act',
  fewTraining: 'careful',
  imbalance: 'careful',
  guessing: 'act',
  undertrained: 'act',
  missed: 'act',
  untested: 'act',
  falseAlarms: 'careful',
  confused: 'careful',
  smallTest: 'careful',
  fewTest: 'careful',
  overconfident: 'careful',
  underconfident: 'careful',
  gap: 'careful',
};

// Rules of thumb: where one image more or less visibly moves a number, or where experience says that a model learns the
// accidents of single pictures.
const FEW_TRAINING = 50;
const IMBALANCE = 10;
const FEW_TEST = 20;
const FEW_TO_JUDGE = 5;
const WEAK_RECALL = 0.85;
const WEAK_PRECISION = 0.8;
const WIDE_INTERVAL = 0.1;
const GAP = 0.05;
const LEARNED = 0.85;

/** What a careful engineer would point out about a classifier. */
export function classifyFindings(seen: Seen<Evaluation>): Finding[] {
  const { evaluation } = seen;
  return [...fromTraining(seen), ...(evaluation ? fromEvaluation(evaluation) : []), ...fromData(seen)];
}

function fromTraining({ epochs, best }: Seen<Evaluation>): Finding[] {
  const found: Finding[] = [];
  const [train, val] = [best?.train.accuracy, best?.val?.accuracy];
  if (train !== undefined && val !== undefined) {
    // Training pictures are varied, so a low share on them says little where the unvaried ones are recognised.
    if (Math.max(train, val) < LEARNED) found.push({ kind: 'undertrained', train, epochs });
    if (train - val > GAP) found.push({ kind: 'gap', train, val });
  }
  return found;
}

function fromData({ data, options }: Seen<Evaluation>): Finding[] {
  if (!data) return [];
  const found: Finding[] = [];
  if (data.conflicts > 0) found.push({ kind: 'conflict', groups: data.conflicts });
  const counts = data.classes.map(({ name, train }) => ({ name, count: train })).sort((a, b) => a.count - b.count);
  const few = counts.filter(({ count }) => count < FEW_TRAINING);
  if (few.length > 0) found.push({ kind: 'fewTraining', classes: few });
  const [least, most] = [counts[0], counts.at(-1)];
  if (least && most && most.count >= IMBALANCE * Math.max(1, least.count) && !evensOut(options)) {
    found.push({ kind: 'imbalance', most, least });
  }
  return found;
}

/** Whether rare classes were weighed or shown more often in training already. */
function evensOut(options: Seen['options']): boolean {
  const parsed = z
    .object({ sampling: z.string(), task: z.object({ classWeights: z.string().optional() }).optional() })
    .safeParse(options);
  return parsed.success && [parsed.data.sampling, parsed.data.task?.classWeights].includes('balanced');
}

function fromEvaluation(e: Evaluation): Finding[] {
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
  const pairs: FindingOf<ClassifyFindings, 'confused'>[] = [];
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
