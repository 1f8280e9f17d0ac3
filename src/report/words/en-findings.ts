import type { FindingWords } from '../../page/advice.ts';
import type { Format } from '../../page/format.ts';
import type { FindingKinds } from '../findings.ts';

export const findingsEn = (f: Format): FindingWords<FindingKinds> => {
  const times = (n: number, one: string, many: string) => (n === 1 ? one : `${f.count(n)} ${many}`);
  return {
    leak: ({ groups }) => ({
      title: 'Some test pictures were also learned from',
      text: `${times(groups, 'One picture lies', 'pictures lie')} both in the training images and in the images used for checking. What was measured is therefore better than what you will see on the line.`,
      action: 'Remove the copies listed under “The images”, train again and measure again.',
    }),
    validationOnly: ({ images }) => ({
      title: 'The result is slightly flattering',
      text: `There is no separate test folder. The ${f.count(images)} images used here also decided which state of the training was kept.`,
      action: 'Set aside images of another day or batch as a test folder, and measure on those.',
    }),
    stillLearning: ({ epochs }) => ({
      title: 'It was still getting better when training ended',
      text: `The best state was reached at the very end of the ${f.count(epochs)} epochs, and the error was still falling.`,
      action: 'Train again with more epochs.',
    }),
    brokenFiles: ({ files }) => ({
      title: `${times(files, 'One file', 'files')} could not be used`,
      text: 'Broken or unreadable files were left out. They may point to a fault in the camera or in the way pictures are copied.',
      action: 'See the list under “The images”.',
    }),
    exitsSlower: ({ ms, whole }) => ({
      title: 'Leaving early does not pay here',
      text: `With its exits the model takes ${f.ms(ms)} an image on average, run to the end in one piece ${f.ms(whole)}. Stopping in between has a price of its own, and here it is higher than what is saved.`,
      action:
        'Measure again when nothing else runs on this PC. If it stays so, allow less accuracy (yosegi exits --budget), or use the model without exits (yosegi export --no-exits).',
    }),
    exitsWorse: ({ policy, end, lost, images }) => ({
      title: 'Leaving early costs accuracy',
      text: `With the exits ${f.percent(policy)} of ${f.count(images)} images are right, run to the end ${f.percent(end)}. ${times(lost, 'One image was', 'images were')} answered wrong only because they left early.`,
      action:
        'Look at the pictures marked “Lost by leaving early”. Ask for more accuracy (yosegi exits --budget), or name the classes that must not leave early (yosegi exits --never).',
    }),
    staticBetter: ({ name, ms, policy, accuracy, own }) => ({
      title: `“${name}” is faster and at least as accurate`,
      text: `Without any exits it takes ${f.ms(ms)} an image and has ${f.percent(accuracy)} right; this model with its exits takes ${f.ms(policy)} and has ${f.percent(own)} right.`,
      action: 'Use that network, or train this one longer before comparing again.',
    }),
  };
};
