import { describe, expect, it } from 'vitest';
import { record } from '../exits/testing/record.ts';
import { evaluationSchema } from '../tasks/classify/evaluation.ts';
import { classifyFindings } from '../tasks/classify/page/findings.ts';
import { classifyPage } from '../tasks/classify/page/page.ts';
import { advise, findings, seenBy } from './findings.ts';
import type { ReportInput } from './input.ts';
import { exits } from './testing/exits.ts';
import { epochs, evaluation, input, run, summary } from './testing/input.ts';
import { wordsFor } from './words/words.ts';

/** The numbers of everything that is found, and what is said of it, in order. */
const of = (change: Partial<ReportInput>) => {
  const about = input(change);
  const told = evaluationSchema.optional().parse(about.evaluation);
  return [...classifyFindings({ ...seenBy(about), evaluation: told }), ...findings(about)];
};
const advice = (change: Partial<ReportInput>) => advise(input(change), classifyPage('en'), wordsFor('en').words);
const kinds = (change: Partial<ReportInput>) => advice(change).map(({ kind }) => kind);

describe('findings', () => {
  it('has nothing to say about a sound run, or about what was not measured', () => {
    expect(kinds({})).toEqual([]);
    expect(
      kinds({
        evaluation: undefined,
        benchmark: undefined,
        dataSummary: undefined,
        epochs: [],
        bundleBytes: undefined,
      }),
    ).toEqual([]);
  });

  it('names the classes that are missed, the weakest first, and what the worst is taken for', () => {
    const found = of({
      evaluation: evaluation(
        [
          [80, 5, 15],
          [0, 100, 0],
          [30, 10, 60],
        ],
        { confidence: 0.8 },
      ),
    });
    expect(found).toContainEqual({
      kind: 'missed',
      classes: [
        { name: 'dent', found: 60, support: 100, takenFor: 'scratch' },
        { name: 'scratch', found: 80, support: 100, takenFor: 'dent' },
      ],
    });
    expect(found).toContainEqual({
      kind: 'falseAlarms',
      classes: [{ name: 'scratch', right: 80, named: 110 }],
    });
    // A pair of which one is called weak already is not told twice.
    expect(found.filter(({ kind }) => kind === 'confused')).toEqual([]);
  });

  it('names pairs that are mistaken for each other, counting both directions', () => {
    const confusion = [
      [95, 0, 5],
      [0, 100, 0],
      [3, 0, 97],
    ];
    expect(of({ evaluation: evaluation(confusion, { confidence: 0.97 }) })).toEqual([
      { kind: 'confused', a: 'scratch', b: 'dent', count: 8, support: 200 },
    ]);
  });

  it('tells a model that guesses, a class never tested, a small test, few images and a borrowed split', () => {
    const guess = evaluation([
      [0, 60, 0],
      [0, 80, 0],
      [0, 60, 0],
    ]);
    expect(of({ evaluation: guess })).toContainEqual({ kind: 'guessing', accuracy: 0.4, majority: 0.4, name: 'ok' });
    const small = evaluation(
      [
        [12, 1, 0],
        [0, 15, 0],
        [0, 0, 0],
      ],
      { confidence: 0.96, split: 'val' },
    );
    const found = of({ evaluation: small });
    expect(found.map(({ kind }) => kind)).toEqual(['untested', 'smallTest', 'fewTest', 'validationOnly']);
    expect(found[0]).toEqual({ kind: 'untested', names: ['dent'] });
  });

  it('tells too much and too little confidence apart, and leaves a well calibrated model alone', () => {
    const confusion = [
      [90, 5, 5],
      [5, 90, 5],
      [5, 5, 90],
    ];
    expect(kinds({ evaluation: evaluation(confusion, { confidence: 0.99 }) })).toContain('overconfident');
    expect(kinds({ evaluation: evaluation(confusion, { confidence: 0.6 }) })).toContain('underconfident');
    const honest = kinds({ evaluation: evaluation(confusion, { confidence: 0.91 }) });
    expect(honest.filter((kind) => kind.endsWith('confident'))).toEqual([]);
  });

  it('reads the training log: learned by heart, unfinished, still improving', () => {
    expect(kinds({ epochs: epochs(20, () => ({ train: { accuracy: 0.99 }, val: { accuracy: 0.9 } })) })).toEqual([
      'gap',
    ]);
    expect(kinds({ epochs: epochs(6, () => ({ train: { accuracy: 0.6 }, val: { accuracy: 0.62 } })) })).toEqual([
      'undertrained',
    ]);
    const falling = epochs(20, (i) => ({ val: { accuracy: 0.95, loss: 2 - i / 11 }, best: i === 19 }));
    expect(kinds({ epochs: falling })).toEqual(['stillLearning']);
    expect(kinds({ epochs: epochs(20, (i) => ({ val: { accuracy: 0.95, loss: 1 }, best: i === 19 })) })).toEqual([]);
    // Mixed pictures have no accuracy of their own.
    expect(kinds({ epochs: epochs(20, () => ({ train: {} })) })).toEqual([]);
  });

  it('looks at the images: broken, few, uneven, copied', () => {
    expect(kinds({ run: run({ problems: [{ file: 'a.jpg', reason: 'empty' }] }) })).toEqual(['brokenFiles']);
    const uneven = summary({
      classes: [
        { name: 'ok', train: 500, val: 50, test: 200 },
        { name: 'dent', train: 40, val: 4, test: 20 },
      ],
    });
    expect(kinds({ dataSummary: uneven })).toEqual(['fewTraining', 'imbalance']);
    const balanced = run({ options: { sampling: 'balanced', train: { classWeights: 'none' } } });
    expect(kinds({ dataSummary: uneven, run: balanced })).toEqual(['fewTraining']);
  });

  it('warns of copies only where they falsify the measured split, and of copies in two classes', () => {
    const pair = (a: 'train' | 'val' | 'test', b: 'train' | 'val' | 'test', other = 0) =>
      summary({
        duplicates: {
          groups: [
            {
              items: [
                { path: 'ok/1.jpg', shows: [0], split: a },
                { path: 'ok/2.jpg', shows: [other], split: b },
              ],
            },
          ],
        },
      });
    expect(kinds({ dataSummary: pair('train', 'test') })).toEqual(['leak']);
    expect(kinds({ dataSummary: pair('train', 'val') })).toEqual([]);
    expect(kinds({ dataSummary: pair('train', 'train', 1) })).toEqual(['conflict']);
    const onVal = evaluation(
      [
        [99, 1, 0],
        [1, 99, 0],
        [0, 1, 99],
      ],
      { split: 'val', confidence: 0.99 },
    );
    expect(kinds({ dataSummary: pair('train', 'val'), evaluation: onVal })).toEqual(['leak', 'validationOnly']);
  });

  it('weighs early exits: time, accuracy, and a network without them', () => {
    const sound = exits();
    expect(kinds({ exits: sound })).toEqual([]);
    expect(kinds({ exits: { names: sound.names } })).toEqual([]);
    const { test, statics } = record();
    const { parts } = test!.measured;
    expect(of({ exits: exits({ test: { ...test!, measured: { ...test!.measured, whole: parts } } }) })).toEqual([
      { kind: 'exitsSlower', ms: 3.4, whole: 3.4 },
    ]);
    expect(of({ exits: exits({ test: { ...test!, lost: 4 } }) })).toEqual([
      { kind: 'exitsWorse', policy: 0.95, end: 0.955, lost: 4, images: 200 },
    ]);
    const [other] = statics;
    const networks = [
      { ...other!, ms: 3, accuracy: 0.95 },
      { ...other!, model: 'better', ms: 3.3, accuracy: 0.97 },
      { ...other!, ms: 3.5, accuracy: 1 },
      { ...other!, ms: 1, accuracy: 0.94 },
    ];
    expect(of({ exits: exits({ statics: networks }) })).toEqual([
      { kind: 'staticBetter', name: 'better', ms: 3.3, accuracy: 0.97, policy: 3.4, own: 0.95 },
    ]);
  });

  it('puts what is urgent first', () => {
    const found = advice({
      evaluation: evaluation(
        [
          [70, 30, 0],
          [0, 100, 0],
          [0, 0, 5],
        ],
        { confidence: 0.99 },
      ),
      run: run({ problems: [{ file: 'a.jpg', reason: 'empty' }] }),
      epochs: epochs(20, (i) => ({ val: { accuracy: 0.95, loss: 2 - i / 11 }, best: i === 19 })),
    });
    const order = found.map(({ level }) => level);
    expect(order).toEqual([...order].sort((a, b) => 'act careful try'.indexOf(a) - 'act careful try'.indexOf(b)));
    expect(new Set(order)).toEqual(new Set(['act', 'careful', 'try']));
  });
});
