import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { ClassifyFindings } from '../findings.ts';

export const classifyFindingsEn = (f: Format): FindingWords<ClassifyFindings> => {
  const listed = (classes: readonly { name: string; count: number }[]) => {
    const shown = classes.slice(0, 6).map(({ name, count }) => `“${name}” (${f.count(count)})`);
    return shown.join(', ') + (classes.length > shown.length ? ` and ${classes.length - shown.length} more` : '');
  };
  const shares = (list: readonly (readonly [name: string, part: number, whole: number])[]) => {
    const shown = list.slice(0, 6).map(([name, part, whole]) => `“${name}” ${f.count(part)} of ${f.count(whole)}`);
    return shown.join(', ') + (list.length > shown.length ? ` and ${list.length - shown.length} more classes` : '');
  };
  return {
    conflict: ({ groups }) => ({
      title: 'The same picture is filed under two classes',
      text: `${groups === 1 ? 'One picture lies' : `${f.count(groups)} pictures lie`} in folders of different classes. The model cannot learn both answers.`,
      action: 'Decide which class is right (the list is under “The images”) and delete the other copy.',
    }),
    fewTraining: ({ classes }) => ({
      title: 'Few training images of some classes',
      text: `${listed(classes)}. From fewer than about 50 images, a model tends to learn by heart instead of learning what the class has in common.`,
      action: 'Collect more of them first of all: different days, batches, lighting and positions.',
    }),
    imbalance: ({ most, least }) => ({
      title: 'Some classes are much rarer than others',
      text: `There are ${f.count(most.count)} training images of “${most.name}”, but ${f.count(least.count)} of “${least.name}”. In doubt, the model will answer with the frequent class.`,
      action: 'Collect more images of the rare classes, or train again with balanced class weights.',
    }),
    guessing: ({ accuracy, majority, name }) => ({
      title: 'The model is hardly better than guessing',
      text: `Always answering “${name}” would be right in ${f.percent(majority, 0)} of cases; the model reaches ${f.percent(accuracy, 0)}.`,
      action:
        'Check that a person can tell the classes apart in these pictures and that every folder holds what its name says. Then train longer, or with more images.',
    }),
    undertrained: ({ train, epochs }) => ({
      title: 'It has not learned the training images yet',
      text: `After ${f.count(epochs)} ${epochs === 1 ? 'epoch' : 'epochs'}, even of the images it learned from only ${f.percent(train, 0)} are right. The numbers on this page show an unfinished model.`,
      action:
        'Train longer first. If that does not help, use larger pictures or a larger model, and check that the folders hold what their names say.',
    }),
    missed: ({ classes }) => {
      const [first, ...rest] = classes;
      if (first && rest.length === 0) {
        const { name, found, support, takenFor } = first;
        return {
          title: `“${name}” is often missed`,
          text: `Of ${f.count(support)} test images of “${name}”, ${f.count(found)} were recognised.${takenFor ? ` When missed, it was most often taken for “${takenFor}”.` : ''}`,
          action: `Add training images of “${name}”, above all ones that look like other classes, and check its existing images for wrong labels.`,
        };
      }
      return {
        title: `${f.count(classes.length)} classes are often missed`,
        text: `Recognised were, weakest first: ${shares(classes.map((c) => [c.name, c.found, c.support]))}.`,
        action:
          'Begin with the first: add training images, above all ones that look like other classes, and check the existing ones for wrong labels.',
      };
    },
    falseAlarms: ({ classes }) => {
      const [first, ...rest] = classes;
      const action = 'See “What is taken for what” for the classes behind it, and add training images of those.';
      return first && rest.length === 0
        ? {
            title: `“${first.name}” is often a false alarm`,
            text: `${f.count(first.named)} test images were given this name; ${f.count(first.right)} of them deserved it.`,
            action,
          }
        : {
            title: `${f.count(classes.length)} names are often given wrongly`,
            text: `Of the images given the name, these deserved it: ${shares(classes.map((c) => [c.name, c.right, c.named]))}.`,
            action,
          };
    },
    confused: ({ a, b, count, support }) => ({
      title: `“${a}” and “${b}” are mistaken for each other`,
      text: `${f.count(count)} of the ${f.count(support)} test images of these two classes got the other’s name.`,
      action:
        'Look at these pictures under “The mistakes”. If people disagree about them too, agree on a rule first; otherwise add images of the border cases.',
    }),
    untested: ({ names }) => ({
      title: `Not tested at all: ${names.map((name) => `“${name}”`).join(', ')}`,
      text: 'The test images contain none of these. Nothing is known about how well they are recognised.',
      action: 'Put at least 20 images of each into the test folder and measure again.',
    }),
    smallTest: ({ images, low, high }) => ({
      title: 'Too few test images for a firm number',
      text: `With ${f.count(images)} test images, the true accuracy may lie anywhere between ${f.percent(low, 0)} and ${f.percent(high, 0)}.`,
      action: 'Collect more test images. Four times as many halve this range.',
    }),
    fewTest: ({ classes }) => ({
      title: 'Few test images of some classes',
      text: `${listed(classes)}. A single image more or less moves the result of such a class by ${f.percent(1 / Math.max(...classes.map(({ count }) => count)), 0)} or more.`,
      action: 'Read the results of these classes as a first impression, and collect more test images of them.',
    }),
    overconfident: ({ confidence, accuracy }) => ({
      title: 'The model is surer of itself than it should be',
      text: `On average it states a confidence of ${f.percent(confidence, 0)}, but it is right in ${f.percent(accuracy, 0)} of cases.`,
      action:
        'Do not take its confidence at its word. Choose the limit for manual checks from the table under “Can its confidence be trusted?”.',
    }),
    underconfident: ({ confidence, accuracy }) => ({
      title: 'The model is more cautious than it needs to be',
      text: `On average it states a confidence of ${f.percent(confidence, 0)}, yet it is right in ${f.percent(accuracy, 0)} of cases.`,
      action:
        'A limit for manual checks can be set lower than it seems: choose it from the table under “Can its confidence be trusted?”.',
    }),
    gap: ({ train, val }) => ({
      title: 'It knows the training images better than new ones',
      text: `${f.percent(train)} right on images it has learned from, ${f.percent(val)} on images it has not: part of what it knows was learned by heart.`,
      action: 'More, and more varied, training images help most; stronger augmentation or a smaller model come next.',
    }),
  };
};
