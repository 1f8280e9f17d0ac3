import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';
import { classifyFindingsEn } from './en-findings.ts';

/** What a page says of a classifier in English: short sentences, no jargon without a gloss. */
export const classifyEn = (f: Format) => {
  const { images, range } = sharedEn(f);
  return {
    head: {
      kind: 'Report on an image classifier',
      lead: (classes: number, train: number) =>
        `From ${images(train)}, this model learned to tell ${f.count(classes)} classes apart.`,
      hero: (right: number, of: number) => `Of ${f.count(of)} parts, about ${f.count(right)} are sorted correctly.`,
      heroAll: (n: number) => `All ${images(n)} it was checked on were sorted correctly.`,
      measured: (right: number, n: number, accuracy: string, low: string, high: string) =>
        `Measured: ${f.count(right)} of ${f.count(n)} right (${accuracy}). Judging from that many images, expect between ${low} and ${high} in the long run (95% interval), as long as the pictures stay like these.`,
      accuracy: 'Sorted correctly',
      interval: (low: string, high: string) => `95% interval: ${range(low, high)}`,
    },
    nothing: 'Nothing stands out: no class is weak, the confidence can be trusted, and the images are sound.',
    learning: {
      curve: 'Accuracy, higher is better',
      summary: (epochs: number, best: number, accuracy: string) =>
        `${f.count(epochs)} epochs. The best state, ${accuracy} of the validation images right, came in epoch ${best} and was kept.`,
    },
    steps: {
      mistakes:
        'Go through the mistakes below with the people who know the parts. Often the picture is filed wrongly and the model is right: correct the folder and train again.',
      limit: 'Decide below which confidence a person looks at the part.',
    },
    classes: {
      title: 'Results by class',
      intro:
        '“Found” answers: of all real parts of this class, how many did the model recognise? “Right when named” answers: when the model says this class, how often is it true?',
      class: 'Class',
      tested: 'Test images',
      found: 'Found (recall)',
      precision: 'Right when named (precision)',
      f1: 'F1',
      takenFor: 'Most often taken for',
      ofImages: (hits: number, n: number) => `${f.count(hits)} of ${f.count(n)}`,
      none: 'never',
      undefined: 'none',
      mean: 'Mean of the classes',
      limited: (n: number) => `Only the ${n} weakest classes are listed.`,
    },

    confusion: {
      title: 'What is taken for what',
      intro:
        'Each row is a true class, each column the model’s answer. Green are correct answers; the redder a field, the larger the share of the row that ended up there.',
      truth: 'True class',
      answer: 'Model’s answer',
      cell: (count: number, truth: string, answer: string) => `${count} × ${truth} named ${answer}`,
      pairs: 'The most frequent mix-ups; the full table is too wide for a page.',
      count: 'Images',
      share: 'Share of the class',
      perfect: 'No class was taken for another.',
    },

    mistakes: {
      title: 'The mistakes',
      intro: (shown: number, all: number) =>
        `${all > shown ? `${f.count(shown)} of ${f.count(all)}, those` : 'Those'} where the model was surest first. These pictures teach more than any number.`,
      none: 'There are none: every image was sorted correctly.',
      truth: 'Filed as',
      answer: 'Model says',
      confidence: 'Confidence',
      alt: (truth: string, answer: string, confidence: string) =>
        `Picture filed as ${truth}; the model says ${answer} with ${confidence} confidence`,
    },

    calibration: {
      title: 'Can its confidence be trusted?',
      intro:
        'With every answer the model states how sure it is. If it can be trusted, answers given with 90% confidence are right 90 times in 100.',
      good: (error: string) =>
        `They agree well here: stated confidence and actual hits differ by ${error} percentage points on average.`,
      bad: (error: string) => `Here they differ by ${error} percentage points on average.`,
      chart: 'Stated confidence and actual hits',
      x: 'Stated confidence',
      y: 'Actually right',
      ideal: 'ideal',
      group: 'a group of test images (larger: more images); the line is its 95% interval',
      point: (n: number, confidence: string, accuracy: string) =>
        `${images(n)}: stated ${confidence}, right ${accuracy}`,
      limits: 'If a person checks everything below a limit',
      limit: 'Limit',
      passed: 'Decided by the model',
      right: 'Of these, right',
      checked: 'Checked by a person',
      all: 'none',
    },
    terms: [
      [
        '95% interval',
        'A test with a few hundred images is a sample. If the test were repeated many times with other images of the same kind, the true accuracy would lie inside such an interval 95 times in 100. More test images make it narrower.',
      ],
      [
        'Recall and precision',
        'Recall: of all real parts of a class, the share that was found. A low value means parts slip through. Precision: of everything given this name, the share that deserved it. A low value means false alarms. F1 combines the two in one number.',
      ],
      [
        'Confidence and calibration',
        'Confidence is how sure the model says it is of an answer. It is well calibrated when answers given with 80% confidence are indeed right 80 times in 100.',
      ],
    ] as readonly (readonly [string, string])[],
    findings: classifyFindingsEn(f),
  };
};
