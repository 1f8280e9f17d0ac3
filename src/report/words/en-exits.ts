import type { Format } from '../../page/format.ts';

/** What the report says in English about a model that easy images leave early. */
export const exitsEn = (f: Format) => {
  const images = (n: number) => `${f.count(n)} ${n === 1 ? 'image' : 'images'}`;
  const which = (split: 'test' | 'val') => (split === 'test' ? 'test' : 'validation');
  const times = (ratio: number) => f.decimal(ratio, ratio < 10 ? 1 : 0);
  /** How much faster or slower than something else. */
  const faster = (ratio: number) =>
    ratio > 1.05 ? `${times(ratio)} times faster` : ratio < 0.95 ? `${times(1 / ratio)} times slower` : 'as fast';
  const more = (hits: number) =>
    hits === 0 ? 'as many are right' : `${f.count(Math.abs(hits))} ${hits > 0 ? 'more' : 'fewer'} are right`;
  return {
    title: 'Easy images leave early',
    intro: (exits: number) =>
      `Not every image needs the whole network. On its way through it, this model can answer at ${f.count(exits)} places (exits), the last one being its end. An image leaves at the first exit that is sure enough; a hard one goes on.`,
    none: (run: string) =>
      `When images may leave has not been chosen yet: until then every image goes to the end. Run \`yosegi exits ${run}\`, then make this report again.`,
    stale: (run: string) =>
      `\`exits.json\` belongs to other weights than this run has now: it was trained on since. Run \`yosegi exits ${run}\`, then make this report again.`,
    result: (ms: string, whole: string, ratio: number) =>
      `An image takes ${ms} on average instead of ${whole}: ${faster(ratio)}${ratio > 0.95 && ratio <= 1.05 ? ' as the whole network' : ''}.`,
    accuracy: (
      n: number,
      split: 'test' | 'val',
      policy: string,
      end: string,
      { lost, gained }: { lost: number; gained: number },
    ) =>
      `Of the ${f.count(n)} ${which(split)} images ${policy} are right, when every one is run to the end ${end}. ${
        lost + gained === 0
          ? 'Not one answer became wrong by leaving early.'
          : `By leaving early ${lost === 0 ? 'none' : images(lost)} became wrong and ${gained === 0 ? 'none' : f.count(gained)} became right.`
      }`,
    nobody: 'With what was asked for, no image leaves early.',
    disagree:
      'The two measurements of speed on this page disagree: something else was running on this PC. Measure again when it is idle.',
    chart: 'Accuracy (up) and time per image (across)',
    x: 'Milliseconds per image, one at a time',
    legend: {
      line: 'leaving when sure enough',
      chosen: 'as chosen',
      exit: 'everything leaves at this exit',
      whole: 'whole network',
      other: 'other network',
    },
    point: (name: string, accuracy: string, ms: string) => `${name}: ${accuracy} right in ${ms}`,
    source: (n: number, split: 'test' | 'val') =>
      split === 'test'
        ? `All accuracies in the chart are from the same ${images(n)}, the test images. The exits were chosen with other ones.`
        : `There are no test images: all accuracies are from the ${images(n)} of the validation split that the exits were chosen with, and may be slightly too good. The line allows for that (cross-fitting).`,
    measuredOn: (cpu: string, threads: number) =>
      `Measured on ${cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}.`,
    table: 'The points of the chart',
    sign: 'Sign',
    answeredBy: 'Who answers',
    right: 'Right',
    time: 'Time',
    leaving: 'Leave here',
    chosen: 'Exits as chosen',
    exit: (k: number, name: string) => `Exit ${k} (${name})`,
    wholeNetwork: 'Whole network',
    other: (model: string, run: string) => `${model} (${run})`,
    against: (name: string, ratio: number, hits: number, n: number) =>
      `${ratio > 0.95 && ratio <= 1.05 ? `As fast as ${name}` : `${faster(ratio).replace(/^./, (c) => c.toUpperCase())} than ${name}`}; of ${images(n)} ${more(hits)}.`,
    compared: 'The exits as chosen, beside other networks',
    speed: 'Image by image',
    speedIntro: (n: number) =>
      `${images(n)} timed one after another, as at the line. The mean holds everything that came in between on this PC; the chart counts with the mean time of the images that left at each exit.`,
    mean: 'Mean',
    p95: '95 of 100 are faster than',
    ratio: 'Times as fast',
    parts: 'In parts (yosegi)',
    oneFile: 'As one .onnx file',
    whole: 'Whole network',
    rules: 'How it was chosen',
    budget: {
      ms: (ms: string) => `Asked for: at most ${ms} an image on average.`,
      macs: (macs: string) => `Asked for: at most ${macs} multiplications an image on average.`,
      accuracy: (share: string) => `Asked for: ${share} right, as fast as can be.`,
      keep: 'Asked for: as accurate as the whole network, as fast as can be.',
    },
    calibrated: (n: number) => `Chosen with the ${images(n)} of the validation split.`,
    sure: (exit: string, threshold: string) => `${exit}: sure enough from ${threshold} confidence on.`,
    closed: (exit: string) => `${exit}: nobody leaves.`,
    open: (exit: string) => `${exit}: everybody leaves who may.`,
    always: (classes: string) => `These classes are never decided early: ${classes}.`,
    miss: (share: string) => `Of their images at most ${share} may leave early all the same.`,
    suspicion: (share: string) =>
      `An image also stays when an exit gives these classes a probability of ${share} or more.`,
    stayed: (classes: string) => `No image of these classes left early: ${classes}.`,
    byClass: 'Which classes leave early',
    class: 'Class',
    images: 'Images',
    early: 'Leave early',
    at: (k: number) => `Exit ${k}`,
    pictures: 'Who leaves where',
    picturesIntro:
      'Wrong ones first, then those where the exit was surest. Under each picture: how sure each exit was that it came to.',
    left: (n: number, of: number, share: string) => `${f.count(n)} of ${images(of)} (${share})`,
    nobodyHere: 'No image left here.',
    wrong: (n: number, lost: number) =>
      n === 0
        ? 'All of them right.'
        : `${images(n)} wrong${lost === 0 ? '; the end has none of these right either.' : `, of which the end would have had ${f.count(lost)} right.`}`,
    wrongAtEnd: (n: number) => (n === 0 ? 'All of them right.' : `${images(n)} wrong.`),
    verdict: { right: 'Right', wrong: 'Wrong', lost: 'Lost by leaving early', gained: 'Right; the end has it wrong' },
    truth: 'Filed as',
    answer: 'Model says',
    end: 'At the end',
    passed: 'Sure:',
    alt: (truth: string, answer: string, exit: string, confidence: string) =>
      `Picture filed as ${truth}; it left at ${exit} as ${answer} with ${confidence} confidence`,

    head: (right: number, n: number, accuracy: string, ratio: number) =>
      `That is the network run to the end. With its exits, where easy images leave early: ${f.count(right)} of ${f.count(n)} right (${accuracy}), ${faster(ratio)}. What follows is about the whole network, unless it says otherwise.`,
    cardAccuracy: (accuracy: string) => `leaving early: ${accuracy}`,
    cardTime: (ratio: number) => `leaving early: ${faster(ratio)}`,
    speedNote: 'These are the times of the whole network; what leaving early makes of them is in the next section.',
    cost: 'Counted for the whole network; images that leave early cost less.',
    step: (run: string) => `Choose when easy images may leave early: \`yosegi exits ${run}\`.`,
    term: [
      'Early exits',
      'Places on the way through the network where it can already answer. Images that are easy to tell apart leave there, and the rest of the computing is saved; how sure an exit must be is set by a threshold.',
    ] as readonly [string, string],
  };
};
