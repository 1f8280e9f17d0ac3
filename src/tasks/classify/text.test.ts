import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluation.ts';
import { evaluationText } from './text.ts';

/** One row a label, predicted as `predicted`, with the rest of the probability spread evenly. */
function answer(label: number, predicted: number, classes: number, file = `${label}.png`) {
  const probabilities = Array.from({ length: classes }, (_, c) => (c === predicted ? 0.6 : 0.4 / (classes - 1)));
  return { file, label, probabilities };
}

describe('evaluationText', () => {
  it('shows summary, classes, matrix and mistakes in aligned columns', () => {
    const rows = [answer(0, 0, 2), answer(0, 0, 2), answer(0, 1, 2, 'scratch/9.png'), answer(1, 1, 2)];
    expect(evaluationText(evaluate(['scratch', 'slag-inclusion'], rows, 'test'))).toMatchInlineSnapshot(`
      "4 images of the test split
      accuracy     75.0 %  3 of 4; 95 % interval 30.1 % … 95.4 %
      balanced     83.3 %  mean recall of the classes with images
      macro F1     73.3 %  mean F1 of all classes
      calibration  15.0 %  mean distance of confidence and accuracy
      loss         0.6122  mean cross-entropy

      class           images  precision   recall      F1
      scratch              3    100.0 %   66.7 %  80.0 %
      slag-inclusion       1     50.0 %  100.0 %  66.7 %

         rows: truth, columns: prediction  1  2
      1  scratch                           2  1
      2  slag-inclusion                    ·  1

      most confident mistakes  truth    predicted       confidence  of the truth
      scratch/9.png            scratch  slag-inclusion      60.0 %        40.0 %"
    `);
  });

  it('dashes what is 0 / 0', () => {
    const text = evaluationText(evaluate(['a', 'b', 'c'], [answer(0, 0, 3)], 'val'));
    expect(text).toMatch(/^c +0 +– +– +–$/m);
    expect(text).not.toContain('confident');
  });

  it('lists the top mix-ups instead of a matrix beyond 20 classes', () => {
    const names = Array.from({ length: 30 }, (_, c) => `kind-${c}`);
    const rows = names.flatMap((_, c) => [answer(c, (c + 1) % 30, 30), answer(c, c, 30)]);
    const text = evaluationText(evaluate(names, [...rows, answer(3, 4, 30)], 'test'));
    expect(text).toMatch(/^kind-3 +kind-4 +2 +66\.7 %$/m);
    expect(text).toContain('… and 15 more pairs');
    expect(text).not.toContain('rows: truth');
  });

  it('lets no file name steer the terminal', () => {
    const evil = '\u001b[2Jgone\n\u202eexe.png';
    const text = evaluationText(evaluate(['a', 'b'], [answer(0, 1, 2, evil)], 'test'));
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('\ufffd[2Jgone');
  });

  it('does not round two mistakes away', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => answer(0, i < 2 ? 1 : 0, 2));
    expect(evaluationText(evaluate(['a', 'b'], rows, 'test'))).toMatch(/^accuracy +> 99\.9 % +4998 of 5000/m);
  });
});
