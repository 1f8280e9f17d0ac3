import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';
import type { PlaceFindings } from '../findings.ts';

/** What pages say in English of any task that says where something is. */
export const placesEn = (f: Format) => {
  const { images } = sharedEn(f);
  const findings: FindingWords<PlaceFindings> = {
    nothingThere: ({ images: n }) => ({
      title: 'The test pictures hold nothing to find',
      text: `Nothing is marked in any of the ${images(n)}. Nothing is known about what the model finds.`,
      action:
        'Put pictures with marked things into the test folder, at least 20 things of each class, and measure again.',
    }),
    untested: ({ names }) => ({
      title: `Not tested at all: ${names.map((name) => `“${name}”`).join(', ')}`,
      text: 'No test picture shows any of these. Nothing is known about how well they are found.',
      action: 'Put pictures with at least 20 of each into the test folder and measure again.',
    }),
    noEmpty: ({ images: n }) => ({
      title: 'No test picture is empty',
      text: `Every one of the ${images(n)} shows something. In a plant most pictures show nothing: how often the model raises a false alarm on those is not known.`,
      action:
        'Add pictures of good parts, with nothing marked in them, to the test folder: at least 100. Add some to the training images too.',
    }),
    fewEmpty: ({ pictures: n }) => ({
      title: 'Too few empty test pictures for a small rate of false alarms',
      text: `Only ${images(n)} ${n === 1 ? 'shows' : 'show'} nothing. Even without a single false alarm among so few, up to ${f.percent(Math.min(1, 3 / n), 0)} of empty pictures may raise one.`,
      action: 'Add pictures of good parts to the test folder, at least 100; for a rate of 1 in 1,000, 3,000.',
    }),
    unsure: ({ missed }) => ({
      title: 'It does not tell pictures with something from empty ones',
      text: `If at most 1% of the empty pictures may be reported, ${f.percent(missed, 0)} of the pictures that show something are not.`,
      action:
        'Look at the empty pictures that it reports: stains, edges and reflections that look like the real thing belong into the training images.',
    }),
    smallMissed: ({ missed, all }) => ({
      title: 'It is the small ones that are missed',
      text: `Half of what is missed is smaller than ${f.count(missed)} × ${f.count(missed)} pixels; half of everything is larger than ${f.count(all)} × ${f.count(all)}.`,
      action:
        'Train with larger input pictures or in tiles (options “size” and “tiles” of yosegi train), so that small things stay visible, and add training images of small ones. If they are too small to matter, leave them unmarked.',
    }),
  };
  return {
    pictures: {
      intro:
        'If it is enough to know whether a picture shows anything at all, a whole picture can be judged by its highest score: from a threshold on, a person looks at it.',
      noEmpty:
        'Every test picture shows something, so this cannot be measured: it takes pictures of good parts, with nothing marked in them.',
      allEmpty: (n: string) => `None of the ${n} test pictures shows anything, so this cannot be measured.`,
      auroc: 'Tells the two kinds apart (AUROC)',
      aurocMeans: '100% is perfect, 50% is guessing',
      missed: 'Pictures with something that are missed',
      missedMeans: (n: string) => `of ${n}, if at most 1% of the empty ones may be reported`,
      alarms: 'Empty pictures that are reported',
      alarmsMeans: (n: string) => `of ${n}`,
      threshold: 'Threshold for that',
      from: 'pictures with this score or a higher one are reported',
      noThreshold: 'an empty picture has the highest score of all, so nothing could be reported',
      few: (n: string) =>
        `With ${n} empty pictures, “at most 1%” means not a single one. Read these numbers as a first impression.`,
    },
    sizes: {
      size: 'About as large as a square of',
      between: (from: number, to: number) => (from === 0 ? `up to ${to} pixels a side` : `${from} to ${to} pixels`),
      above: (from: number) => `${from} pixels or more`,
      all: 'In the test pictures',
      missed: 'Missed',
      found: 'Found, and 95% interval',
    },
    term: [
      'AUROC',
      'Take one picture that shows something and one that does not, at random. The AUROC is how often the model gives the higher score to the right one: 50% is guessing, 100% is perfect.',
    ] as readonly [string, string],
    findings,
  };
};
