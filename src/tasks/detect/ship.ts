import { z } from 'zod';
import { check } from '../../base/errors.ts';
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

/**
 * What a shipped detector gives: a box for each cell, to be chosen from, or, with `nms`, the boxes that are chosen. Models of other tools may
 * choose them by themselves, or give a map whose regions are the things.
 */
export const detectShip: Task['ship'] = {
  options,
  outputs: ({ outputs }, given): Readonly<Record<string, Value>> => {
    const { nms, nmsThreshold, nmsOverlap } = options.parse(given);
    const { boxes, confidence, detections, regions } = outputs;
    check(!nms || boxes, 'the model chooses its boxes itself: leave out --nms');
    if (detections) return { detections };
    if (regions) return { regions };
    const scores = confidence ?? sigmoid(outputs.scores!);
    if (!nms) return { boxes: boxes!, scores };
    return { detections: chosenInside(boxes!, scores, { ...forMetrics, least: nmsThreshold, overlap: nmsOverlap }) };
  },
  about: {
    boxes: '[N, points, 4]: left, top, right, bottom in pixels of the input, a box for each cell of the pyramid',
    scores: '[N, points, classes], 0 … 1, in the order of labels.json; drop low ones, then overlapping ones (NMS)',
    detections:
      '[N, rows, 6]: left, top, right, bottom in pixels of the input, score 0 … 1, class by its place in labels.json; the surest first, overlapping ones dropped (NMS), rows without a box have score 0 and class -1',
    regions:
      '[N, 1, height, width] of the input, 0 … 1: how likely each pixel belongs to a thing; connected regions above 0.3 are things, a little smaller than they are',
  },
  inOrder,
  code: {
    node: ([first, scores]) =>
      scores ? nodeChoosing(first!, scores) : isMap(first!) ? nodeRegions(first!) : nodeChosen(first!),
    python: ([first, scores]) =>
      scores ? pythonChoosing(first!, scores) : isMap(first!) ? pythonRegions(first!) : pythonChosen(first!),
  },
};

const isMap = (output: string) => output.endsWith('regions');

const nodeRegions = (map: string) => `const [, , height, width] = ${map}.dims;
const open = new Set([...${map}.data.keys()].filter((i) => ${map}.data[i] > 0.3));
for (const start of open) {
  const waiting = [start];
  let [left, top, right, bottom] = [width, height, 0, 0];
  open.delete(start);
  while (waiting.length > 0) {
    const at = waiting.pop();
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    for (const [u, v] of [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]])
      if (u >= 0 && u < width && open.delete(v * width + u)) waiting.push(v * width + u);
  }
  console.log(labels[0], [left, top, right, bottom]);
}`;

const pythonRegions = (map: string) => `open_ = {(int(y), int(x)) for y, x in zip(*(${map}[0, 0] > 0.3).nonzero())}
while open_:
    waiting, region = [open_.pop()], []
    while waiting:
        y, x = waiting.pop()
        region.append((y, x))
        near = {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)} & open_
        open_ -= near
        waiting += near
    ys, xs = zip(*region)
    print(labels[0], [min(xs), min(ys), max(xs) + 1, max(ys) + 1])`;

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
