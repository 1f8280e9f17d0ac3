import { z } from 'zod';
import { sigmoid } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import type { Task } from '../task.ts';
import { forMetrics } from './decode.ts';
import { inOrder } from './in-order.ts';
import { chosenInside } from './inside.ts';

/** How a detector may be shipped. */
const options = z.strictObject({
  nms: z
    .boolean()
    .default(false)
    .describe('detect: choose the boxes inside the model (threshold and NMS): it gives at most 100 of each picture'),
  nmsThreshold: z.number().min(0).max(1).default(0.05).describe('with --nms: boxes of a lower score are left out'),
  nmsOverlap: z
    .number()
    .min(0)
    .max(1)
    .default(forMetrics.overlap)
    .describe('with --nms: of two boxes of one class that overlap by more (IoU), the surer one stays'),
});

/** What a shipped detector gives: a box for each cell, to be chosen from, or, with `nms`, the boxes that are chosen. */
export const detectShip: Task['ship'] = {
  options,
  outputs: ({ outputs }, given): Readonly<Record<string, Value>> => {
    const { nms, nmsThreshold, nmsOverlap } = options.parse(given);
    const [boxes, scores] = [outputs.boxes!, sigmoid(outputs.scores!)];
    if (!nms) return { boxes, scores };
    return { detections: chosenInside(boxes, scores, { ...forMetrics, least: nmsThreshold, overlap: nmsOverlap }) };
  },
  about: {
    boxes: '[N, points, 4]: left, top, right, bottom in pixels of the input, a box for each cell of the pyramid',
    scores: '[N, points, classes], 0 … 1, in the order of labels.json; drop low ones, then overlapping ones (NMS)',
    detections:
      '[N, 100, 6]: left, top, right, bottom in pixels of the input, score 0 … 1, class by its place in labels.json; the surest first, overlapping ones dropped (NMS), rows without a box have score 0 and class -1',
  },
  inOrder,
  code: {
    node: ([first, scores]) => (scores ? nodeChoosing(first!, scores) : nodeChosen(first!)),
    python: ([first, scores]) => (scores ? pythonChoosing(first!, scores) : pythonChosen(first!)),
  },
};

const nodeChosen = (detections: string) => `const found = [];
for (let at = 0; at < ${detections}.data.length; at += 6) {
  const [left, top, right, bottom, score, label] = ${detections}.data.subarray(at, at + 6);
  if (score >= 0.3) found.push({ label: labels[label], score, box: [left, top, right, bottom] });
}
console.log(found);`;

const pythonChosen = (detections: string) => `print([
    (labels[int(label)], float(score), box)
    for *box, score, label in ${detections}[0].tolist() if score >= 0.3
])`;

const nodeChoosing = (boxes: string, scores: string) => `const classes = labels.length;
const found = [];
for (let i = 0; i < ${scores}.data.length; i++) {
  if (${scores}.data[i] < 0.3) continue;
  const at = Math.floor(i / classes) * 4;
  found.push({ label: labels[i % classes], score: ${scores}.data[i], box: [...${boxes}.data.slice(at, at + 4)] });
}
const area = ([l, t, r, b]) => Math.max(0, r - l) * Math.max(0, b - t);
const iou = (a, b) => {
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
};
const kept = [];
for (const one of found.sort((a, b) => b.score - a.score))
  if (!kept.some((k) => k.label === one.label && iou(k.box, one.box) > 0.6)) kept.push(one);
console.log(kept);`;

const pythonChoosing = (boxes: string, scores: string) => `def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return both / (area(a) + area(b) - both)
kept = []
for point, c in sorted(zip(*(${scores}[0] >= 0.3).nonzero()), key=lambda at: -${scores}[0][at]):
    box = ${boxes}[0][point]
    if all(k[0] != labels[c] or iou(k[2], box) <= 0.6 for k in kept):
        kept.append((labels[c], float(${scores}[0][point, c]), box.tolist()))
print(kept)`;
