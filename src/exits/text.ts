import { digits, short } from '../base/text/numbers.ts';
import { percent, percentNumber } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import { against } from './judge/compare.ts';
import {
  type Budget,
  type ExitPoint,
  type ExitsRecord,
  judged,
  type MeasuredPolicy,
  type SplitReport,
} from './record.ts';

/** Rows of the curve that are printed; the file has all. */
const MOST_ROWS = 12;

/** A policy and its curve as the text that `yosegi exits` prints. */
export function exitsText(r: ExitsRecord): string {
  return [
    `${r.model}: ${r.exits.length} exits, calibrated on ${r.val.images} images of the val split`,
    `${r.machine.cpu}, ${r.threads} thread${r.threads === 1 ? '' : 's'}, batch 1, ${r.machine.runtime}`,
    '',
    table([
      ['exit', 'accuracy alone', 'MACs', 'ms to leave there'],
      ...r.exits.map((name, k) => [name, percent(r.val.exits[k]!), short(r.macs[k]!), digits(r.ms[k]!)]),
      ['(whole network as one program)', '', '', digits(r.wholeMs)],
    ]),
    '',
    curveText(r),
    '',
    `budget: ${budgetText(r.budget)}`,
    ...rulesText(r),
    splitText('val', r.val, `cross-fitted ${percent(r.chosen.accuracy)}`),
    ...lateText(r),
    ...slowText(r),
    ...(r.test ? [splitText('test', r.test)] : ['no test images: what comes of it on new ones is not known']),
    ...staticsText(r),
  ].join('\n');
}

function curveText({ exits, curve, chosen }: ExitsRecord): string {
  const step = Math.max(1, Math.ceil(curve.length / MOST_ROWS));
  const rows = curve.filter((_, i) => i % step === 0 || i === curve.length - 1);
  const same = (p: ExitPoint) => p.thresholds.join() === chosen.thresholds.join();
  const marked = [...rows.filter((p) => !same(p)), chosen].sort((a, b) => a.ms - b.ms || a.macs - b.macs);
  return [
    `sure enough to leave at, and share leaving at, ${exits.join(', ')}:`,
    table([
      ['', 'sure enough', 'leaving in %', 'accuracy', 'MACs', 'ms'],
      ...marked.map((p) => [
        same(p) ? '→' : '',
        p.thresholds.map((t) => thresholdText(t).padStart(6)).join(' '),
        p.shares.map((s) => percentNumber(s).padStart(6)).join(' '),
        percent(p.accuracy),
        short(p.macs),
        digits(p.ms),
      ]),
    ]),
  ].join('\n');
}

/** Nobody leaves where the threshold is above 1, everybody where it is 0. */
const thresholdText = (t: number) => (t > 1 ? 'never' : t === 0 ? 'all' : t.toFixed(t > 0.99 ? 4 : 3));

function budgetText(budget: Budget): string {
  switch (budget.kind) {
    case 'ms':
      return `${digits(budget.value)} ms an image on average`;
    case 'macs':
      return `${short(budget.value)} MACs an image on average`;
    case 'accuracy':
      return `an accuracy of at least ${percent(budget.value)}, as fast as can be`;
    case 'keep':
      return 'the accuracy of the whole network, as fast as can be';
  }
}

function rulesText({ policy, classes, miss }: ExitsRecord): string[] {
  if (policy.always.length === 0) return [];
  const names = policy.always.map((c) => classes[c]).join(', ');
  const how = `they do not leave early when predicted, nor from a probability of ${digits(policy.suspicion)} together on`;
  return [`${names} always to the end (but for ${percent(miss)}): ${how}`];
}

/** The clock is what a budget is about. */
function lateText({ budget, val }: ExitsRecord): string[] {
  const { mean } = val.measured.parts;
  if (budget.kind !== 'ms' || mean <= budget.value) return [];
  return [
    `the budget is not kept: ${digits(mean)} ms were measured. Is the machine busy? Try again when it is quiet, or allow more`,
  ];
}

/** Cutting has a price of its own. */
function slowText({ chosen, wholeMs }: ExitsRecord): string[] {
  if (chosen.ms < wholeMs) return [];
  return [
    `the whole network as one program is faster here (${digits(wholeMs)} ms): allow less, or do without a policy`,
  ];
}

function splitText(
  name: string,
  { images, policy, exits, lost, gained, measured }: SplitReport,
  more?: string,
): string {
  const work = `${short(policy.macs)} MACs, ${digits(policy.ms)} ms expected`;
  return [
    `${name}: ${images} images, accuracy ${percent(policy.accuracy)} (run to the end ${percent(exits.at(-1)!)}; ` +
      `${lost} lost by leaving early, ${gained} gained)${more ? `, ${more}` : ''}`,
    `  ${work}; ${measuredText(measured)}`,
  ].join('\n');
}

/** Each network without exits, and how the policy compares with it. */
function staticsText(r: ExitsRecord): string[] {
  if (r.statics.length === 0) return [];
  const { split, report } = judged(r);
  const rows = r.statics.map((s) => {
    const { times, hits } = against(s, report);
    const speed = times >= 1 ? `${digits(times)}× faster` : `${digits(1 / times)}× slower`;
    const points = 100 * (report.policy.accuracy - s.accuracy);
    return [
      `${s.model} (${s.name})`,
      percent(s.accuracy),
      short(s.macs),
      digits(s.ms),
      `${speed}, accuracy ${signed(points, 1)} points (${signed(hits, 0)} image${Math.abs(hits) === 1 ? '' : 's'})`,
    ];
  });
  return [
    '',
    `beside other networks, on the ${report.images} images of the ${split} split:`,
    table([['', 'accuracy', 'MACs', 'ms', 'the policy is'], ...rows], { left: [0, 4] }),
  ];
}

const signed = (n: number, decimals: number) => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(decimals)}`;

/** What timing a policy image by image gave. */
export function measuredText({ images, parts, oneFile, whole }: MeasuredPolicy): string {
  const ratio = (ms: number) => `${digits(ms)} ms (${digits(whole.mean / ms)}×)`;
  return `measured on ${images} of them: ${ratio(parts.mean)}, as one file ${ratio(oneFile.mean)}, the whole network ${digits(whole.mean)} ms`;
}
