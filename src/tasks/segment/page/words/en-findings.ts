import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { PlaceFindings } from '../../../places/page/findings.ts';
import type { SegmentFindings } from '../findings.ts';

const MOST_NAMES = 6;

export const segmentFindingsEn = (f: Format): FindingWords<Omit<SegmentFindings, keyof PlaceFindings>> => {
  const listed = (parts: readonly string[]) =>
    parts.slice(0, MOST_NAMES).join(', ') +
    (parts.length > MOST_NAMES ? ` and ${f.count(parts.length - MOST_NAMES)} more` : '');
  const shares = (classes: readonly { name: string; share: number }[]) =>
    listed(classes.map(({ name, share }) => `“${name}” ${f.percent(share, 0)}`));
  const named = (classes: readonly { name: string }[], rest: string, restOfMany: string) =>
    classes.length === 1 ? `“${classes[0]!.name}” ${rest}` : `${f.count(classes.length)} classes ${restOfMany}`;
  return {
    nothingFound: ({ pictures }) => ({
      title: 'The model finds nothing',
      text: `Not a pixel of what is marked in ${f.count(pictures)} test ${pictures === 1 ? 'picture' : 'pictures'} was found.`,
      action: 'Train longer, and check with “yosegi data” that the marks lie where the things are.',
    }),
    undertrained: ({ train, epochs }) => ({
      title: 'It has not learned the training images yet',
      text: `After ${f.count(epochs)} ${epochs === 1 ? 'epoch' : 'epochs'}, marked and true area overlap by only ${f.percent(train, 0)}, even where it does best. The numbers on this page show an unfinished model.`,
      action:
        'Train longer first, and begin with pretrained weights. If that does not help, use larger pictures or a larger model, and check that the marks lie where the things are.',
    }),
    neverFound: ({ classes }) => ({
      title: named(classes, 'is never found', 'are never found'),
      text: `Not a pixel was found: ${listed(classes.map((c) => `“${c.name}” (in ${f.count(c.pictures)} test ${c.pictures === 1 ? 'picture' : 'pictures'})`))}.`,
      action: 'Add training images that show them, at least 20 of each, and check the marks of those there are.',
    }),
    missed: ({ classes }) => ({
      title: named(classes, 'is often missed', 'are often missed'),
      text: `Of the true area these shares were found: ${shares(classes)}.`,
      action: 'Look at the orange areas under “The worst pictures”, and add training images of such.',
    }),
    tooMuch: ({ classes }) => ({
      title: named(classes, 'is marked too generously', 'are marked too generously'),
      text: `Of the area that was marked, these shares deserve it: ${shares(classes)}.`,
      action:
        'Look at the red areas under “The worst pictures”. Often it is a real one that nobody marked; otherwise add pictures that show what the model falls for.',
    }),
    poorEdges: ({ classes }) => ({
      title: 'The places are right, the edges are rough',
      text: `So much of the outlines agrees to within a few pixels: ${shares(classes)}. This matters only where lengths or areas are measured.`,
      action:
        'Train with larger input pictures or in tiles (options “size” and “tiles” of yosegi train), and see that people mark edges alike.',
    }),
    falseRegions: ({ regions, images }) => ({
      title: 'Regions are marked where nothing is',
      text: `${f.count(regions)} in ${f.count(images)} test pictures.`,
      action:
        'Look at the red areas under “The worst pictures”. Ignoring what is very small often helps; add training images of good parts with what the model falls for.',
    }),
    gap: ({ train, val }) => ({
      title: 'It knows the training images better than new ones',
      text: `An overlap of ${f.percent(train, 0)} on images it has learned from, ${f.percent(val, 0)} on images it has not: part of what it knows was learned by heart.`,
      action: 'More, and more varied, training images help most; stronger augmentation or a smaller model come next.',
    }),
    smallTest: ({ regions, low, high }) => ({
      title: 'Too few regions in the test for a firm number',
      text: `With ${f.count(regions)} ${regions === 1 ? 'region' : 'regions'}, the true share found may lie anywhere between ${f.percent(low, 0)} and ${f.percent(high, 0)}.`,
      action: 'Collect more test images. Four times as many halve this range.',
    }),
    fewTest: ({ classes }) => ({
      title: 'Few test pictures show some classes',
      text: `${listed(classes.map(({ name, count }) => `“${name}” (${f.count(count)})`))}. A single picture can decide the result of such a class, however many pixels it has.`,
      action: 'Read the results of these classes as a first impression, and collect more test images of them.',
    }),
  };
};
