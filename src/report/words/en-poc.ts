import type { Format } from '../../page/format.ts';
import type { Way } from '../../poc/candidate.ts';

/** What the page of a proof of concept says in English of what was tried. */
export const pocEn = (f: Format) => ({
  title: 'What was tried, and why this one',
  intro: (tried: number, trainings: number, duration: string, machine: string) =>
    `${f.count(tried)} ways to a model were tried in ${f.count(trainings)} trainings and ${duration} on this PC (${machine}). Each began with a short training; the best were trained three times as long, and again.`,
  why: (name: string, value: string, ms: string, best: string, pictures: number) =>
    `Recommended is “${name}” (${value} on the validation pictures, ${ms} a picture): of those that were trained longest, the fastest that ${f.count(pictures)} validation pictures cannot tell from the best of them (${best}).`,
  limit: (ms: string) => `Only models of at most ${ms} a picture on this PC were trained.`,
  way: 'Way',
  size: 'Input',
  epochs: 'Longest training',
  epochsOf: (n: number) => (n === 0 ? '–' : `${f.count(n)} ${n === 1 ? 'epoch' : 'epochs'}`),
  validated: 'Validation',
  time: 'Time per image',
  came: 'What became of it',
  chosen: 'recommended',
  asGood: 'as good, but slower',
  early: 'as good after a short training, not trained longer',
  behind: 'less good',
  refused: (reason: string) => `left out: ${reason}`,
  ways: {
    probe: 'Only the last layer learned, on features of ImageNet',
    'fine-tune': 'The later half of an ImageNet network trained on',
    adapters: 'Small additions learned beside a frozen ImageNet network',
    exits: 'The same with early exits for easy pictures',
    scratch: 'A small network trained from nothing',
    fit: 'What good parts look like, remembered',
    prune: 'The recommended one with half its time taken out',
  } satisfies Record<Way, string>,
});
