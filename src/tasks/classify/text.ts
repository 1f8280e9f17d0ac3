import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import { type Confusion, correct, mixups } from './confusion.ts';
import { accuracyInterval, type Evaluation } from './evaluation.ts';

/** Beyond this many classes a matrix no longer fits a terminal. */
const MOST_FOR_MATRIX = 20;
const TOP_MIXUPS = 15;
const TOP_MISTAKES = 10;
/** Longer names are cut. */
const NAME = 40;

/**
 * An evaluation as terminal text: summary, classes, confusion matrix (the most frequent mix-ups beyond 20 classes),
 * most confident mistakes. `of` says which images they are. Names that could steer a terminal are made harmless.
 */
export function evaluationText(evaluation: Evaluation, of = `the ${evaluation.split} split`): string {
  const parts = [summary(evaluation, of), classTable(evaluation)];
  const names = evaluation.classes.map(({ name }) => name);
  if (names.length > 1) {
    parts.push(
      names.length <= MOST_FOR_MATRIX ? matrix(names, evaluation.confusion) : frequent(names, evaluation.confusion),
    );
  }
  if (evaluation.worst.length > 0) parts.push(mistakes(evaluation));
  return parts.join('\n\n');
}

function summary(e: Evaluation, of: string): string {
  const { low, high } = accuracyInterval(e);
  const right = correct(e.confusion);
  const rows = [
    ['accuracy', percent(e.accuracy), `${right} of ${e.images}; 95 % interval ${percent(low)} … ${percent(high)}`],
    ...(e.top5 === null ? [] : [['top-5', percent(e.top5), 'the truth is among the five most probable']]),
    ['balanced', percent(e.balancedAccuracy), 'mean recall of the classes with images'],
    ['macro F1', percent(e.macroF1), 'mean F1 of all classes'],
    ['calibration', percent(e.calibrationError), 'mean distance of confidence and accuracy'],
    ['loss', e.loss.toFixed(4), 'mean cross-entropy'],
  ];
  return `${e.images} images of ${of}\n${table(rows, { left: [0, 2] })}`;
}

function classTable(e: Evaluation): string {
  const rows = e.classes.map((c) => {
    // What is 0 / 0 is no number.
    const cell = (name: 'precision' | 'recall' | 'f1') => (c.notDefined?.includes(name) ? '–' : percent(c[name]));
    return [c.name, String(c.support), cell('precision'), cell('recall'), cell('f1')];
  });
  return table([['class', 'images', 'precision', 'recall', 'F1'], ...rows], { widest: NAME });
}

function matrix(names: readonly string[], confusion: Confusion): string {
  const head = ['', 'rows: truth, columns: prediction', ...names.map((_, c) => String(c + 1))];
  const rows = names.map((name, t) => [
    String(t + 1),
    name,
    ...confusion[t]!.map((n, p) => (n === 0 && p !== t ? '·' : String(n))),
  ]);
  return table([head, ...rows], { left: [1], widest: 34 });
}

function frequent(names: readonly string[], confusion: Confusion): string {
  const all = mixups(confusion);
  if (all.length === 0) return 'no class was taken for another';
  const rows = all
    .slice(0, TOP_MIXUPS)
    .map((m) => [names[m.truth]!, names[m.predicted]!, String(m.count), percent(m.share)]);
  const text = table([['truth', 'taken for', 'images', 'of the class'], ...rows], { left: [0, 1], widest: NAME });
  const rest = all.length - rows.length;
  return rest > 0 ? `${text}\n… and ${rest} more pairs` : text;
}

function mistakes(e: Evaluation): string {
  const rows = e.worst
    .slice(0, TOP_MISTAKES)
    .map((w) => [w.file, w.truth, w.predicted, percent(w.confidence), percent(w.probabilityOfTruth)]);
  const head = ['most confident mistakes', 'truth', 'predicted', 'confidence', 'of the truth'];
  return table([head, ...rows], { left: [0, 1, 2], widest: 44 });
}
