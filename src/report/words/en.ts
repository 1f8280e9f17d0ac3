import type { Format } from '../../page/format.ts';
import { sharedEn } from '../../page/words/en.ts';
import { exitsEn } from './en-exits.ts';
import { findingsEn } from './en-findings.ts';
import { pocEn } from './en-poc.ts';
import { robustnessEn } from './en-robustness.ts';

/** The report in English: short sentences, no jargon without a gloss. */
export const en = (f: Format) => {
  const threads = (n: number) => `${n} ${n === 1 ? 'thread' : 'threads'}`;
  const shared = sharedEn(f);
  const { images } = shared;
  return {
    ...shared,
    threads,

    head: {
      tested: (n: number, split: 'test' | 'val') =>
        split === 'test'
          ? `It was then tested on ${images(n)} that it had never seen.`
          : `It was then checked on ${images(n)} that it had not learned from.`,
      heroNone: 'How good is it? Not measured yet.',
      elsewhere: (n: number, folder: string) =>
        `It was then tested on ${images(n)} of the folder ${folder}, another set than its own.`,
      elsewhereMissing: (classes: readonly string[]) => `That set has no picture of ${classes.join(', ')}.`,
      elsewhereTrained: (n: number) => `${images(n)} of them it had learned from, so this looks better than it is.`,
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
      summary: '`data.json` is not in the run folder, so there is no more to tell of the images. Training writes it.',
    },

    advice: {
      title: 'What to watch, what to do',
      levels: { act: 'Act first', careful: 'Keep in mind', try: 'Worth trying' },
      notYet:
        'The images and the training raise no questions. Whether the model does is not known until it has been tested.',
      action: 'What to do: ',
      next: 'Next steps',
      steps: {
        evaluate: (run: string) => `Measure how good it is: \`yosegi eval ${run}\`.`,
        bench: (run: string) => `Measure the speed on the PC that will do the work: \`yosegi bench ${run}\`.`,
        bundle: (run: string) => `Make the folder that goes to the station: \`yosegi export ${run}\`.`,
        pilot: 'Let the model run beside the present inspection for a week without acting on its answers, and compare.',
      },
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

    robustness: robustnessEn(f),

    poc: pocEn(f),

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
      epoch: 'Epoch',
      train: 'training images',
      val: 'validation images',
      best: (epoch: number) => `kept: epoch ${epoch}`,
      total: (duration: string) => `Training took ${duration}.`,
      describe: (name: string, first: string, last: string) => `${name}: from ${first} to ${last}`,
    },

    data: {
      title: 'The images',
      class: 'Class',
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
        'None of them is both among the training images and among those it was measured on, so the result is not affected.',
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
          'Training, validation and test images',
          'Three separate piles. The model learns from the first; the second decides when to stop; the third is kept back for an honest final measurement.',
        ],
        [
          'Epoch and loss',
          'An epoch is one pass over all training images. The loss is the error that training makes smaller: it falls as the model’s answers come closer to what they should be.',
        ],
      ] as readonly (readonly [string, string])[],
    },

    foot: (version: string, date: string) =>
      `Trained with yosegi ${version} on ${date}. This page needs no network and can be sent as one file.`,

    findings: findingsEn(f),
  };
};
