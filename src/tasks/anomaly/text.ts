import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import { wilson } from '../interval.ts';
import type { AnomalyEvaluation } from './evaluation.ts';
import { picturesFor } from './threshold.ts';

const NAME = 40;

/** An evaluation as terminal text: how the two kinds of picture are told apart, the threshold, kinds of anomaly, mistakes. */
export function anomalyText(e: AnomalyEvaluation, of = `the ${e.split} split`): string {
  const parts = [summary(e, of)];
  if (e.threshold) parts.push(threshold(e.threshold));
  if (e.kinds.length > 1) parts.push(kinds(e));
  const wrong = [...e.examples.missed, ...e.examples.falseAlarms];
  if (wrong.length > 0) parts.push(mistakes(wrong));
  return parts.join('\n\n');
}

const share = (value: number | null) => (value === null ? '–' : percent(value));

function summary(e: AnomalyEvaluation, of: string): string {
  const rows = [
    ['AUROC', share(e.auroc), 'pairs of an anomalous and a good picture in the right order'],
    ['missed', rate(e.missed, e.anomalous), counted(e.missed, e.anomalous, 'anomalous pictures that pass for good')],
    ['false alarms', rate(e.falseAlarms, e.good), counted(e.falseAlarms, e.good, 'good pictures called anomalous')],
    ['AUROC of pixels', share(e.pixels.auroc), `against the drawn anomalies (${e.pixels.regions} regions)`],
    ['AUPRO', share(e.pixels.aupro), 'share of each region that is found, at up to 30 % of the good pixels'],
  ];
  return `${e.images} images of ${of}: ${e.good} good, ${e.anomalous} anomalous\n${table(rows, { left: [0, 2] })}`;
}

const rate = (hits: number, all: number) => (all > 0 ? percent(hits / all) : '–');

function counted(hits: number, all: number, what: string): string {
  if (all === 0) return what;
  const { low, high } = wilson(hits, all);
  return `${hits} of ${all} ${what} (95 %: ${percent(low, 0)} to ${percent(high, 0)})`;
}

function threshold({ wished, promised, pictures }: NonNullable<AnomalyEvaluation['threshold']>): string {
  const asked =
    promised > wished ? `; ${percent(wished)} was asked for, which takes ${picturesFor(wished)} good pictures` : '';
  return `threshold: score 1, from ${pictures} good pictures, each judged by the others: at most ${percent(promised)} false alarms may be promised${asked}`;
}

function kinds({ kinds: all }: AnomalyEvaluation): string {
  const rows = all.map((k) => [k.name, String(k.images), String(k.missed), share(k.auroc)]);
  return table([['kind of anomaly', 'images', 'missed', 'AUROC'], ...rows], { widest: NAME });
}

function mistakes(wrong: AnomalyEvaluation['examples']['missed']): string {
  const rows = wrong.map((w) => [
    w.file,
    w.anomalous ? `missed${w.kind ? ` (${w.kind})` : ''}` : 'false alarm',
    w.score.toFixed(2),
  ]);
  return table([['worst mistakes', '', 'score'], ...rows], { left: [0, 1], widest: 60 });
}
