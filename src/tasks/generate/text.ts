import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import type { GenerateEvaluation, MadeFigures } from './evaluation.ts';

/** An evaluation as terminal text. */
export function generateText(
  { split, images, loss, times, told, made }: GenerateEvaluation,
  of = `the ${split} split`,
): string {
  const rows = [
    ['denoising error', loss.toFixed(4), 'mean squared error of the prediction, with noise that is always the same'],
    ...times.map((t) => [`  at ${t.time}`, t.loss.toFixed(4), '']),
    ...(told ? [['captions told apart', percent(told.share), toldText(told)]] : []),
  ];
  const judged = `${images} images of ${of}\n${table(rows, { left: [0, 2] })}`;
  return made ? `${judged}\n\n${madeText(made)}` : judged;
}

const toldText = ({ pictures, among }: NonNullable<GenerateEvaluation['told']>) =>
  `of ${pictures} pictures it is least wrong with their own caption, of ${among} (by chance ${percent(1 / among)})`;

function madeText(m: MadeFigures): string {
  const { sampler, steps, guidance } = m.making;
  const rows = [
    [
      m.fid ? 'FID' : 'Fréchet distance',
      m.frechet.toFixed(2),
      `of made and judged pictures; of trained-on and judged ones ${m.frechetReal.toFixed(2)}`,
    ],
    ['precision', percent(m.precision), 'made pictures among the real ones'],
    ['recall', percent(m.recall), 'real pictures among the made ones'],
    ['coverage', percent(m.coverage), 'real pictures with a made one near'],
    [
      'copies',
      percent(m.copies),
      `made pictures nearly equal to one trained on; of the judged ones ${percent(m.copiesReal)}`,
    ],
  ];
  const how = `${m.pictures} made pictures (${sampler}, ${steps} steps, guidance ${guidance}, ${m.evaluations} evaluations each)`;
  return `${how}, ${besideText(m)}on ${m.features}\n${table(rows, { left: [0, 2] })}`;
}

const besideText = ({ real }: MadeFigures) => {
  if (!real) return '';
  const some = real.ofValidation > 0 ? `, ${real.ofValidation} of them validation pictures` : '';
  return `beside ${real.pictures} real ones${some}, `;
};
