import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';
import { detectFindingsEn } from './en-findings.ts';

/** What is counted at the best threshold. */
export interface Measured {
  readonly found: number;
  readonly objects: number;
  readonly alarms: number;
  readonly images: number;
  readonly score: string;
  /** The 95 % interval of the share found. */
  readonly low: string;
  readonly high: string;
}

/** What a page says of a detector in English: short sentences, no jargon without a gloss. */
export const detectEn = (f: Format) => {
  const { images } = sharedEn(f);
  const things = (n: number) => `${f.count(n)} ${n === 1 ? 'thing' : 'things'}`;
  const alarmCount = (n: number) => `${n === 0 ? 'no' : f.count(n)} false ${n === 1 ? 'alarm' : 'alarms'}`;
  return {
    head: {
      kind: 'Report on an object detector',
      lead: (classes: number, train: number) =>
        `From ${images(train)}, this model learned to find things of ${f.count(classes)} ${classes === 1 ? 'class' : 'classes'} and to draw a box around each.`,
      hero: (found: number, of: number, alarms: string) =>
        `Of ${f.count(of)} things, about ${f.count(found)} are found, with ${alarms}.`,
      heroAll: (n: number, alarms: string) => `All ${things(n)} in the test pictures were found, with ${alarms}.`,
      heroNone: (n: number) => `None of the ${things(n)} in the test pictures was found.`,
      heroNothing: 'How good is it? The test pictures hold nothing to find.',
      /** A rate of false alarms, as people say it. */
      alarms: (perPicture: number) => {
        if (perPicture === 0) return 'no false alarm';
        if (perPicture >= 0.95) return `about ${f.decimal(perPicture, perPicture < 10 ? 1 : 0)} false alarms a picture`;
        const every = Math.round(1 / perPicture);
        return every === 1 ? 'almost one false alarm a picture' : `one false alarm in about ${f.count(every)} pictures`;
      },
      measured: ({ found, objects, alarms, images: n, score, low, high }: Measured) =>
        `Measured at the threshold ${score}: ${f.count(found)} of ${things(objects)} found, and ${alarmCount(alarms)} in ${images(n)}. Judging from that many things, expect to find between ${low} and ${high} in the long run (95% interval), as long as the pictures stay like these. The threshold was chosen on these same pictures, so expect rather a little less.`,
      nothing: (n: number, objects: number) =>
        objects === 0
          ? `Measured on ${images(n)} without a single thing.`
          : `Measured on ${images(n)}: nothing was found.`,
      ap50: 'Precision over all thresholds (AP50)',
      ap50Means: '100%: everything is found and nothing else is reported',
    },
    nothing: 'Nothing stands out: no class is weak, false alarms are rare, and the images are sound.',
    learning: {
      curve: 'AP50, higher is better',
      summary: (epochs: number, best: number, value: string) =>
        `${f.count(epochs)} epochs. The best state, with an AP50 of ${value} on the validation images, came in epoch ${best} and was kept.`,
    },
    steps: {
      examples:
        'Go through the pictures with the most mistakes below with the people who know the parts. Often a thing was never marked and the model is right: correct the labels and train again.',
      threshold: 'Choose a threshold under “Which threshold to set”: what costs you more, a miss or a false alarm?',
    },
    classes: {
      title: 'Results by class',
      intro:
        '“Found” answers: of all real things of this class, how many were found under its name? In small print: how many, and the 95% interval of the share. “Right when reported” answers: when the model reports this class, how often is it true? Both at the threshold with the best balance; AP50 looks at all thresholds.',
      class: 'Class',
      things: 'Things tested',
      found: 'Found',
      right: 'Right when reported',
      ap50: 'AP50',
      ofThings: (hits: number, n: number, range: string) => `${f.count(hits)} of ${f.count(n)}, ${range}`,
      ofReported: (hits: number, n: number) => `${f.count(hits)} of ${f.count(n)}`,
      untested: 'not tested',
      never: 'never reported',
      limited: (n: number) => `Only the ${n} weakest classes are listed.`,
    },
    thresholds: {
      title: 'Which threshold to set',
      intro:
        'Every box has a score from 0 to 1: how sure the model is. Boxes below the threshold are not shown. A low threshold misses little but raises more false alarms; a high one the other way round. Each line is a wish and what has to be given up for it.',
      wish: 'Wish',
      best: 'Best balance of misses and false alarms',
      shown: '(used on this page)',
      atMostMissed: (share: string) => `At most ${share} missed`,
      atMostAlarms: (n: number) =>
        n >= 1
          ? `At most ${n === 1 ? 'one false alarm' : `${n} false alarms`} a picture`
          : `At most one false alarm in ${f.count(1 / n)} pictures`,
      score: 'Set threshold to',
      missed: 'Missed',
      alarms: 'False alarms a picture',
      right: 'Right, of those shown',
      none: 'no threshold does this',
      nothing: 'The model found nothing that is right at any threshold, so there is none to choose.',
      command: (run: string, score: string) =>
        `To use a threshold: \`yosegi predict ${run} pictures/ --threshold ${score}\`.`,
      caution: (n: string, every: string, objects: string) =>
        `How far this may be trusted: the thresholds were chosen on the test pictures themselves, so new pictures will do a little worse. And what is rare cannot be measured with few pictures: no false alarm in ${n} pictures only says that there is less than about one in ${every}; shares of misses rest on ${objects} things.`,
    },
    examples: {
      title: 'The pictures with the most mistakes',
      intro:
        'What the model found, missed and wrongly reported at the threshold with the best balance. A box counts as right if it has the right class and overlaps the marked box by at least half (IoU 0.5); one that sits badly is wrong, and the thing counts as missed. These pictures teach more than any number.',
      none: 'There are none: everything was found, and nothing else was reported.',
      missed: 'Missed',
      wrong: 'False alarms',
      right: 'Right',
      alt: (missed: number, wrong: number, right: number) =>
        `Picture with boxes: ${missed} missed, ${wrong} wrong, ${right} right`,
      legend: {
        right: 'green: found by the model, right',
        missed: 'orange, dashed: marked by people, missed',
        wrong: 'red, with a cross: reported by the model, wrong',
      },
    },
    confusion: {
      title: 'What is taken for what',
      intro:
        'Each row is what is really there, each column what the model reported in that place. Green is right; the redder a field, the larger the share of the row. The last column are misses, the last row false alarms where nothing is marked.',
      truth: 'Really there',
      answer: 'Model’s report',
      nothing: 'nothing (false alarm)',
      missed: 'missed',
      cell: (count: number, truth: string, answer: string) => `${count} × ${truth} reported as ${answer}`,
      miss: (count: number, truth: string) => `${count} × ${truth} missed`,
      alarm: (count: number, answer: string) => `${count} × ${answer} reported where nothing is`,
      pairs: 'The most frequent mistakes; the full table is too wide for a page.',
      count: 'Things',
      perfect: 'There are none.',
    },
    small: {
      title: 'Are small things missed?',
      intro:
        'Things by their size in the picture, in pixels of the original file. Small things are harder. The range beside a share is its 95% interval: where few things were tested, it is wide.',
      nothing: 'The test pictures hold nothing to find, so this cannot be measured.',
    },
    whole: { title: 'Pictures with something or nothing' },
    terms: [
      [
        'Box and overlap (IoU)',
        'The model draws a box around each thing it finds. The overlap of two boxes is the area they share, divided by the area they cover together (intersection over union, IoU): 1 if they are the same, 0 if they do not touch. Here a box is right from an overlap of 0.5 on.',
      ],
      [
        'Score and threshold',
        'The score says how sure the model is of a box, from 0 to 1. It is not a probability: 0.8 does not mean right 80 times in 100. The threshold is the score from which a box is shown.',
      ],
      [
        'Miss and false alarm',
        'A miss is a thing that is there and was not found. A false alarm is a box where nothing of that class is marked.',
      ],
      [
        'AP50',
        'Average precision. All thresholds are tried from strict to lenient; at each step one looks which share of the things is found and which share of the boxes is right. AP50 is the mean of the latter over all shares found, and over the classes. 100%: everything is found before the first false alarm. The 50 means an overlap of at least 50%.',
      ],
      [
        '95% interval',
        'A test is a sample. If it were repeated many times with other pictures of the same kind, the true share would lie inside such an interval 95 times in 100. More things in the test make it narrower. Things in one picture resemble each other, so the truth is rather a little less certain than that.',
      ],
    ] as readonly (readonly [string, string])[],
    findings: detectFindingsEn(f),
  };
};
