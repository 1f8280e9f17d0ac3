import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';
import { segmentFindingsEn } from './en-findings.ts';

/** What is counted in regions; shares are written already. */
export interface Measured {
  readonly found: number;
  readonly all: number;
  readonly falseAlarms: number;
  readonly images: number;
  readonly iou: string;
  /** The 95 % interval of the share of regions found. */
  readonly low: string;
  readonly high: string;
}

/** What a page says of a segmenter in English: short sentences, no jargon without a gloss. */
export const segmentEn = (f: Format) => {
  const { images } = sharedEn(f);
  const regions = (n: number) => `${f.count(n)} ${n === 1 ? 'region' : 'regions'}`;
  return {
    head: {
      kind: 'Report on a model that marks areas',
      lead: (classes: number, train: number) =>
        `From ${images(train)}, this model learned to mark areas of ${f.count(classes)} ${classes === 1 ? 'class' : 'classes'}, pixel by pixel (segmentation).`,
      hero: (found: string, right: string) =>
        `It finds ${found} of the area it should find; of the area it marks, ${right} is right.`,
      heroNone: 'It found nothing of what is marked in the test pictures.',
      heroNothing: 'How good is it? The test pictures show nothing to find.',
      measured: ({ found, all, falseAlarms, images: n, iou, low, high }: Measured) =>
        `Measured on ${images(n)}: marked and true area overlap by ${iou} (IoU). Counted in connected regions, ${f.count(found)} of ${f.count(all)} were found, and ${falseAlarms === 0 ? 'none was' : `${f.count(falseAlarms)} ${falseAlarms === 1 ? 'was' : 'were'}`} marked where nothing is. Judging from that many regions, expect to find between ${low} and ${high} of them in the long run (95% interval), as long as the pictures stay like these.`,
      nothing: (n: number) => `Measured on ${images(n)} that show nothing to find.`,
      iou: 'Overlap with the true area (IoU)',
      iouMeans: (classes: number) =>
        `100%: marked exactly as people did${classes > 1 ? '; mean of the classes' : ''}, without the background`,
    },
    nothing: 'Nothing stands out: no class is weak, little is marked wrongly, and the images are sound.',
    learning: {
      curve: 'Overlap (IoU), higher is better',
      summary: (epochs: number, best: number, value: string) =>
        `${f.count(epochs)} epochs. The best state, with an overlap of ${value} on the validation images, came in epoch ${best} and was kept.`,
    },
    steps: {
      examples:
        'Go through the worst pictures below with the people who know the parts. Often the marks are inexact or missing and the model is right: correct them and train again.',
      size: 'Decide how large an area has to be to matter: what is smaller can be ignored, and fewer false alarms remain.',
    },
    classes: {
      title: 'Results by class',
      intro:
        '“Area found” answers: of the pixels that are really of this class, how many were marked so? “Right when marked” answers: of the pixels marked so, how many deserve it? The overlap (IoU) counts both kinds of mistake. “Edges” answers: how much of the outlines agree, to within a few pixels?',
      class: 'Class',
      pictures: 'Test pictures that show it',
      found: 'Area found (recall)',
      right: 'Right when marked (precision)',
      iou: 'Overlap (IoU)',
      edges: 'Edges',
      untested: 'not tested',
      never: 'never marked',
      limited: (n: number) => `Only the ${n} weakest classes are listed.`,
      background: (name: string) =>
        `The background, “${name}”, is left out: it fills most of every picture and is nearly always right, which would flatter the numbers. Large areas count for more than small ones here; the next section counts regions instead.`,
    },
    regions: {
      title: 'Is anything missed altogether?',
      intro:
        'A region is a connected area. It counts as found if any part of it was marked with the right class, however little. Sizes are in pixels of the original file; small regions are harder.',
      found: (found: number, all: number, low: string, high: string) =>
        `${f.count(found)} of ${regions(all)} found (95% interval of the share: ${low} to ${high}).`,
      alarms: (n: number, pictures: number) =>
        `${n === 0 ? 'No region was' : n === 1 ? '1 region was' : `${f.count(n)} regions were`} marked where nothing is, in ${images(pictures)}.`,
      nothing: 'The test pictures show nothing to find, so this cannot be measured.',
    },
    examples: {
      title: 'The worst pictures',
      intro:
        'The pictures with the largest wrong areas first. Areas are drawn somewhat coarser than they are, so that even a single wrong pixel shows; the numbers below each picture are exact, in pixels of the original. These pictures teach more than any number.',
      none: 'There are none: every pixel has the right class.',
      missed: 'Missed',
      wrong: 'Wrongly marked',
      right: 'Right',
      alt: (missed: string, wrong: string, right: string) =>
        `Picture with areas: ${missed} pixels missed, ${wrong} wrongly marked, ${right} right`,
      legend: {
        right: 'green: marked, right',
        missed: 'orange, dashed: should have been marked',
        wrong: 'red, hatched: wrongly marked, or as another class',
      },
    },
    confusion: {
      title: 'What is taken for what',
      intro:
        'Each row is a true class, each column what the model marked there, in percent of the row’s area. Green is right; the redder a field, the more of the row ended up there. The column of the background is area that was missed, its row area that was wrongly marked; the background is large, so even 0.1% of it can be much.',
      truth: 'True class',
      answer: 'Marked as',
      cell: (count: number, truth: string, answer: string) =>
        `${f.count(count)} pixels of ${truth} marked as ${answer}`,
      pairs: 'The largest mix-ups by area; the full table is too wide for a page.',
      count: 'Pixels',
      share: 'Share of the class',
      perfect: 'No class was taken for another.',
    },
    whole: { title: 'Pictures with something or nothing' },
    terms: [
      [
        'Overlap (IoU)',
        'The area that is both marked and true, divided by the area that is either (intersection over union). 100%: exactly alike; 0%: nothing in common. Edges cost much of it where things are thin: two people who mark the same scratch do not agree fully either.',
      ],
      [
        'Region',
        'A connected area of pixels that are not background. Regions are counted like things: what matters is whether one was found, not how large it is.',
      ],
      [
        'Recall and precision',
        'Recall: of the area that should be marked, the share that is. A low value means that much is missed. Precision: of the area that is marked, the share that should be. A low value means that too much is marked.',
      ],
      [
        'Edges (boundary F)',
        'How much of the marked outline lies within a few pixels of the true one and the other way round (0.75% of the picture’s diagonal). Low values at a good overlap mean: the place is right, the outline is rough.',
      ],
      [
        'Miss and false alarm',
        'A miss is something that is there and was not marked at all. A false alarm is a mark where nothing is.',
      ],
      [
        '95% interval',
        'A test is a sample. If it were repeated many times with other pictures of the same kind, the true share would lie inside such an interval 95 times in 100. It counts regions, not pixels: the pixels of one picture are all right or all wrong together. More test pictures make it narrower.',
      ],
    ] as readonly (readonly [string, string])[],
    findings: segmentFindingsEn(f),
  };
};
