import type { Value } from '../../graph/value.ts';
import { inPixels } from './boxes.ts';
import type { Contract, FileAnswers, Reading } from './contract.ts';
import { floatsOfRank, known } from './forms.ts';

/** Boxes beside their scores, nothing chosen: [N, A, 4] as corners and [N, A, classes]. */

const contract = (
  name: string,
  about: string,
  made: (boxes: Value, file: FileAnswers) => Value,
  sure: (file: FileAnswers) => boolean,
): Contract => ({
  name,
  task: 'detect',
  about,
  pixels: { preset: 'unit', cropMode: 'squash', interpolation: 'bilinear' },
  read: (file): Reading | undefined => {
    const all = floatsOfRank(file, 3);
    const boxes =
      all.find(({ name, value }) => known(value, 2) === 4 && /box/i.test(name)) ??
      all.find(({ value }) => known(value, 2) === 4);
    const scores = all.find((o) => o !== boxes && known(o.value, 1) === known(boxes?.value ?? o.value, 1));
    if (!boxes || !scores || known(boxes.value, 1) === 0) return undefined;
    const classes = known(scores.value, 2);
    if (classes < 1 || (file.labels && file.labels.length !== classes)) return undefined;
    return {
      sure: sure(file),
      why: 'boxes and scores do not say what the four numbers are',
      classes,
      reads: [boxes.name, scores.name],
      answers: () => ({ boxes: made(boxes.value, file), confidence: scores.value }),
    };
  },
});

/** What `yosegi export` writes of its own detectors, too. */
export const corners = contract(
  'boxes-scores',
  'YOLO-NAS, detectors of yosegi: boxes [N, boxes, 4] as corners in pixels, scores [N, boxes, classes] 0 … 1',
  (boxes) => boxes,
  ({ producer, outputs }) => /^yosegi/.test(producer) && outputs.has('boxes') && outputs.has('scores'),
);

export const shares = contract(
  'boxes-scores-shares',
  'boxes [N, boxes, 4] as corners in shares of the picture, scores [N, boxes, classes] 0 … 1',
  (boxes, { size }) => inPixels(boxes, size),
  () => false,
);
