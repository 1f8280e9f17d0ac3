import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { PlaceFindings } from '../../../places/page/findings.ts';
import type { DetectFindings } from '../findings.ts';

const MOST_NAMES = 6;

export const detectFindingsEn = (f: Format): FindingWords<Omit<DetectFindings, keyof PlaceFindings>> => {
  const listed = (parts: readonly string[]) =>
    parts.slice(0, MOST_NAMES).join(', ') +
    (parts.length > MOST_NAMES ? ` and ${f.count(parts.length - MOST_NAMES)} more` : '');
  const counted = (classes: readonly { name: string; count: number }[]) =>
    listed(classes.map(({ name, count }) => `“${name}” (${f.count(count)})`));
  return {
    nothingFound: ({ things }) => ({
      title: 'The model finds nothing',
      text: `Not one of the ${f.count(things)} marked things was found at any threshold.`,
      action: 'Train longer, and check with “yosegi data” that the boxes lie where the things are.',
    }),
    undertrained: ({ val, epochs }) => ({
      title: 'It has not learned enough yet',
      text: `After ${f.count(epochs)} ${epochs === 1 ? 'epoch' : 'epochs'} the AP50 on the validation images is only ${f.percent(val, 0)}. The numbers on this page show an unfinished model.`,
      action:
        'Train longer first, and begin with pretrained weights. If that does not help, use larger pictures or a larger model, and check that the boxes lie where the things are.',
    }),
    neverFound: ({ classes }) => ({
      title:
        classes.length === 1
          ? `“${classes[0]!.name}” is never found`
          : `${f.count(classes.length)} classes are never found`,
      text: `Not a single one was found: ${listed(classes.map((c) => `“${c.name}” (${f.count(c.support)} in the test pictures)`))}.`,
      action:
        'Add training images that show them, at least 50 things of each, and check the labels of those there are.',
    }),
    missed: ({ classes }) => ({
      title:
        classes.length === 1
          ? `“${classes[0]!.name}” is often missed`
          : `${f.count(classes.length)} classes are often missed`,
      text: `Found were${classes.length > 1 ? ', weakest first' : ''}: ${listed(classes.map((c) => `“${c.name}” ${f.count(c.found)} of ${f.count(c.support)}`))}.`,
      action: 'Look at the missed ones under “The pictures with the most mistakes”, and add training images of such.',
    }),
    noThreshold: ({ missed, falseAlarms }) => ({
      title: 'No threshold makes it usable by itself',
      text:
        falseAlarms === null
          ? `No threshold misses at most ${f.percent(missed, 0)} of the things: too many get no box at all.`
          : `To miss at most ${f.percent(missed, 0)} of the things, ${f.decimal(falseAlarms, 1)} false alarms a picture have to be put up with.`,
      action: 'Use it only beside people for now. More training images, above all of what is missed, help most.',
    }),
    falseAlarms: ({ perPicture, classes }) => ({
      title: 'Many false alarms',
      text: `${f.decimal(perPicture, 2)} false alarms a picture, at the threshold with the best balance.${classes.length > 0 ? ` Most often reported where nothing is: ${counted(classes)}.` : ''}`,
      action:
        'Look at them first: often they are real things that nobody marked. For the others, add pictures that show what the model falls for, without marks.',
    }),
    confused: ({ a, b, count }) => ({
      title: `“${a}” and “${b}” are mistaken for each other`,
      text: `${f.count(count)} things of these two classes were found in the right place under the other’s name.`,
      action:
        'If people disagree about them too, agree on a rule first, or make them one class; otherwise add images of the border cases.',
    }),
    valBetter: ({ val, test }) => ({
      title: 'It does better on the validation images than on the test images',
      text: `An AP50 of ${f.percent(val, 0)} there, ${f.percent(test, 0)} here. The test pictures are of another kind, or the validation set is so small that luck decided.`,
      action:
        'Believe the lower number. Look for what is different about the test pictures: camera, light, product, day.',
    }),
    smallTest: ({ things, low, high }) => ({
      title: 'Too few things in the test for a firm number',
      text: `With ${f.count(things)} ${things === 1 ? 'thing' : 'things'}, the true share found may lie anywhere between ${f.percent(low, 0)} and ${f.percent(high, 0)}.`,
      action: 'Collect more test images. Four times as many things halve this range.',
    }),
    fewTest: ({ classes }) => ({
      title: 'Few things of some classes in the test',
      text: `${counted(classes)}. A single thing more or less moves the result of such a class by ${f.percent(1 / Math.max(...classes.map(({ count }) => count)), 0)} or more.`,
      action: 'Read the results of these classes as a first impression, and collect more test images of them.',
    }),
    looseBoxes: ({ ap50, ap75 }) => ({
      title: 'The boxes sit loosely',
      text: `If a box must overlap by 75% instead of 50%, the average precision falls from ${f.percent(ap50, 0)} to ${f.percent(ap75, 0)}. This matters only where the place or size is used, not for counting.`,
      action: 'Check that people draw the boxes alike and tightly; train longer or with larger pictures.',
    }),
    setThreshold: ({ score, usual }) => ({
      title: 'Set the threshold',
      text: `Without being told, yosegi shows boxes from a score of ${f.decimal(usual, 1)} on. The best balance for this model is at ${f.decimal(score, 2)}.`,
      action: 'Give the threshold with every prediction; “Which threshold to set” has the numbers and the command.',
    }),
  };
};
