import type { Format } from '../format.ts';
import { exitsEn } from './en-exits.ts';
import { findingsEn } from './en-findings.ts';

/** The report in English: short sentences, no jargon without a gloss. */
export const en = (f: Format) => {
  const images = (n: number) => `${f.count(n)} ${n === 1 ? 'image' : 'images'}`;
  const threads = (n: number) => `${n} ${n === 1 ? 'thread' : 'threads'}`;
  const range = (low: string, high: string) => `${low}\u2009–\u2009${high}`;
  return {
    quoted: (name: string) => `“${name}”`,
    more: (n: number) => `… and ${f.count(n)} more`,
    images,
    threads,
    range,
    /** Between two sentences. */
    space: ' ',
    /** Between two names of a list. */
    comma: ', ',

    head: {
      kind: 'Report on an image classifier',
      lead: (classes: number, train: number) =>
        `From ${images(train)}, this model learned to tell ${f.count(classes)} classes apart.`,
      tested: (n: number, split: 'test' | 'val') =>
        split === 'test'
          ? `It was then tested on ${images(n)} that it had never seen.`
          : `It was then checked on ${images(n)} that it had not learned from.`,
      hero: (right: number, of: number) => `Of ${f.count(of)} parts, about ${f.count(right)} are sorted correctly.`,
      heroAll: (n: number) => `All ${images(n)} it was checked on were sorted correctly.`,
      heroNone: 'How accurate is it? Not measured yet.',
      measured: (right: number, n: number, accuracy: string, low: string, high: string) =>
        `Measured: ${f.count(right)} of ${f.count(n)} right (${accuracy}). Judging from that many images, expect between ${low} and ${high} in the long run (95% interval), as long as the pictures stay like these.`,
      elsewhere: (n: number, folder: string) =>
        `It was then tested on ${images(n)} of the folder ${folder}, another set than its own.`,
      elsewhereMissing: (classes: readonly string[]) => `That set has no picture of ${classes.join(', ')}.`,
      elsewhereTrained: (n: number) => `${images(n)} of them it had learned from, so this looks better than it is.`,
      accuracy: 'Sorted correctly',
      interval: (low: string, high: string) => `95% interval: ${range(low, high)}`,
      time: 'Time per image',
      timeParts: (model: string, reading: string) => `${model} model + ${reading} reading the file`,
      timeModel: (n: number) => `on this PC, ${threads(n)}`,
      million: 'A million images',
      millionHow: (duration: string) => `electricity for ${duration} on this PC`,
      size: 'To install',
      sizeHow: 'the folder that goes to the station',
      notMeasured: 'not measured',
      notExported: 'not exported yet',
      nav: 'Contents',
    },

    missing: {
      evaluation: (run: string) => `Not measured yet. Run \`yosegi eval ${run}\`, then make this report again.`,
      benchmark: (run: string) =>
        `Not measured on this PC yet. Run \`yosegi bench ${run}\`, then make this report again.`,
      log: '`log.jsonl` is not in the run folder, so there are no curves. Training writes it, one line an epoch.',
      summary: '`data.json` is not in the run folder, so there are no counts by class. Training writes it.',
      pictures: (run: string) =>
        `The pictures themselves could not be found. Make the report with \`yosegi report ${run} --data FOLDER\` to see them.`,
      picture: 'picture not found',
    },

    advice: {
      title: 'What to watch, what to do',
      levels: { act: 'Act first', careful: 'Keep in mind', try: 'Worth trying' },
      nothing: 'Nothing stands out: no class is weak, the confidence can be trusted, and the images are sound.',
      notYet:
        'The images and the training raise no questions. Whether the model does is not known until it has been tested.',
      action: 'What to do: ',
      next: 'Next steps',
      steps: {
        evaluate: (run: string) => `Measure the accuracy: \`yosegi eval ${run}\`.`,
        mistakes:
          'Go through the mistakes below with the people who know the parts. Often the picture is filed wrongly and the model is right: correct the folder and train again.',
        bench: (run: string) => `Measure the speed on the PC that will do the work: \`yosegi bench ${run}\`.`,
        bundle: (run: string) => `Make the folder that goes to the station: \`yosegi export ${run}\`.`,
        pilot: 'Let the model run beside the present inspection for a week without acting on its answers, and compare.',
        limit: 'Decide below which confidence a person looks at the part.',
      },
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

    speed: {
      title: 'Speed on this PC',
      machine: (cpu: string, cores: number, memory: string, os: string) =>
        `Measured on ${cpu} (${cores} ${cores === 1 ? 'core' : 'cores'}, ${memory} GiB memory, ${os}).`,
      latency: 'One image at a time',
      threads: 'Threads',
      p50: 'Half are faster than',
      p95: '95 of 100 are faster than',
      p99: '99 of 100 are faster than',
      mean: 'Mean',
      throughput: 'Images per second',
      throughputIntro: 'When many images are waiting, working on several at once (a batch) is faster.',
      series: (n: number, batch: number) => `${threads(n)}, batch of ${batch}`,
      reading: (ms: string) => `Reading and resizing a picture file takes another ${ms}.`,
      load: (ms: string) => `Starting the model takes ${ms}.`,
      memory: (mib: string) => `It needs ${mib} MiB of memory while it works.`,
    },

    exits: exitsEn(f),

    cost: {
      title: 'What a million images cost',
      time: 'Computing time',
      energy: 'Electricity used',
      energyCost: 'Cost of that electricity',
      cloud: 'For comparison: a rented computer in a data centre',
      assumed: 'Assumptions',
      watts: (w: string) => `The PC draws ${w} W under load.`,
      price: (money: string) => `A kilowatt-hour costs ${money}.`,
      cloudPrice: (money: string) => `An hour of a comparable rented computer costs ${money}.`,
      speed: (series: string, speed: string) =>
        `The model works on ${speed} images per second (${series}); reading the files comes on top.`,
      excluded: 'Not included: buying the PC, the camera, and people’s time.',
    },

    curves: {
      title: 'How it learned',
      intro:
        'One epoch is one pass over all training images. The two lines should move together: if the training line keeps improving while the other stays behind, the model is learning by heart.',
      loss: 'Error (loss), lower is better',
      accuracy: 'Accuracy, higher is better',
      epoch: 'Epoch',
      train: 'training images',
      val: 'validation images',
      best: (epoch: number) => `kept: epoch ${epoch}`,
      summary: (epochs: number, best: number, accuracy: string) =>
        `${f.count(epochs)} epochs. The best state, ${accuracy} of the validation images right, came in epoch ${best} and was kept.`,
      total: (duration: string) => `Training took ${duration}.`,
      describe: (name: string, first: string, last: string) => `${name}: from ${first} to ${last}`,
    },

    data: {
      title: 'The images',
      train: 'Training',
      val: 'Validation',
      test: 'Test',
      all: 'All',
      total: 'Total',
      roles:
        'The model learns from the training images. The validation images decide which state of it is kept. The test images are only used for the final measurement.',
      sound: 'All files could be read.',
      broken: (n: number) => (n === 1 ? '1 file could not be used' : `${f.count(n)} files could not be used`),
      file: 'File',
      reason: 'Reason',
      /** Reasons are written in English by the data room. */
      reasonOf: (reason: string) => reason,
      duplicates: (groups: number, extra: number) =>
        groups === 0
          ? 'No picture occurs twice.'
          : `${groups === 1 ? '1 picture occurs' : `${f.count(groups)} pictures occur`} more than once (${f.count(extra)} superfluous ${extra === 1 ? 'copy' : 'copies'}).`,
      harmless:
        'None of them is both among the training images and among those the accuracy was measured on, so the result is not affected.',
      copies: 'Pictures that occur more than once',
      notes: 'Oddities that do not prevent use',
      note: 'Observation',
    },

    made: {
      title: 'How it was made',
      name: 'Run',
      model: 'Model',
      parameters: 'Parameters',
      macs: 'Multiplications per image',
      input: 'Input size',
      inputOf: (h: number, w: number, channels: number) =>
        `${w} × ${h} pixels, ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
      folder: 'Image folder',
      created: 'Trained on',
      version: 'yosegi version',
      runtime: 'Runtime',
      machine: 'Measured on',
      options: 'Training options',
      changes: 'Changes to the model',
      classes: 'Classes',
    },

    glossary: {
      title: 'Terms',
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
          'Training, validation and test images',
          'Three separate piles. The model learns from the first; the second decides when to stop; the third is kept back for an honest final measurement.',
        ],
        [
          'Epoch and loss',
          'An epoch is one pass over all training images. The loss is the error that training makes smaller: it falls when the model becomes more often right, and surer when it is right.',
        ],
        [
          'Confidence and calibration',
          'Confidence is how sure the model says it is of an answer. It is well calibrated when answers given with 80% confidence are indeed right 80 times in 100.',
        ],
      ] as readonly (readonly [string, string])[],
    },

    foot: (version: string, date: string) =>
      `Trained with yosegi ${version} on ${date}. This page needs no network and can be sent as one file.`,

    findings: findingsEn(f),
  };
};
