import { expect, it } from 'vitest';
import type { SearchRecord } from '../../search/node/journal.ts';
import { choicesOf } from '../../search/space.ts';
import { spaceNamed } from '../../search/spaces/spaces.ts';
import type { Trial } from '../../search/trial.ts';
import { renderSearch } from './page.ts';
import { attentionShare, ratiosOf } from './ratio.ts';

const space = spaceNamed('ascan-ratio');
const trial = (number: number, design: number[], accuracy: number, ms: number): Trial => ({
  number,
  design,
  rung: 0,
  accuracy,
  parameters: 1e6,
  macs: 1e7,
  ms,
  seconds: 1,
});
const record: SearchRecord = {
  format: 1,
  kind: 'yosegi-search',
  yosegi: '0',
  created: '2026-11-28T00:00:00Z',
  data: '/images',
  task: 'classify',
  classes: ['a', 'b'],
  space: { ...space },
  generator: 'learned',
  limits: {},
  weights: { accuracy: 2, parameters: 0, macs: 0, ms: 0.1 },
  rungs: [2],
  eta: 3,
  seed: 0,
  size: [48, 48],
  train: {},
  threads: 1,
  machine: 'a machine',
};
// One stage with one block, once in the first and once in the last place: the same share.
const trials = [
  trial(0, [0, 0, 0, 0], 0.7, 1),
  trial(1, [0, 1, 0, 0], 0.8, 2),
  trial(2, [0, 0, 0, 1], 0.9, 1.5),
  trial(3, [0, 3, 3, 3], 0.6, 4),
];
const found = { record, space, trials, winner: undefined };

it('designs are put together by their share of attention blocks', () => {
  expect(attentionShare(space, [0, 1, 2, 3])).toBeCloseTo(6 / 14, 9);
  const ratios = ratiosOf(found);
  expect(ratios.map(({ share }) => Math.round(14 * share))).toEqual([0, 1, 9]);
  expect(ratios[1]).toMatchObject({ accuracies: [0.8, 0.9], ms: [2, 1.5] });
  const other = spaceNamed('turbovit');
  const first = choicesOf(other).map(() => 0);
  expect(attentionShare(other, first)).toBeUndefined();
});

it.each([
  ['en', /Convolution and attention/, /85\.0%/],
  ['ja', /畳み込みとアテンション/, /85\.0%/],
] as const)('the page draws accuracy and milliseconds for each share (%s)', (lang, title, mean) => {
  const page = renderSearch({ ...found, effects: [], preferences: [] }, lang);
  const section = /<section id="ratio".*?<\/section>/s.exec(page)![0];
  expect(section).toMatch(title);
  expect(section).toMatch(mean);
  expect(section.match(/<figure/g)).toHaveLength(2);
  expect(section.match(/<circle class="spot exit" cx="[\d.]+" cy="[\d.]+"/g)!.length).toBe(2 * trials.length + 2);
  expect(section).not.toMatch(/NaN|undefined/);
});

it('a search with one share has no such picture', () => {
  const page = renderSearch({ ...found, trials: trials.slice(0, 1), effects: [], preferences: [] }, 'en');
  expect(page).not.toMatch(/id="ratio"/);
});
