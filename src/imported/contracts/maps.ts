import { f32 } from '../../base/tensor.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import { readAttributes } from '../../graph/attributes.ts';
import { cast, clip, concat, equal, fullLike, log, mul, reshape, sigmoid, sub, transpose } from '../../graph/build.ts';
import { opOf } from '../../graph/op.ts';
import { axisOf } from '../../graph/ops/host.ts';
import { constant, type Node, type Value } from '../../graph/value.ts';
import type { Contract, FileAnswers, Pixels, Reading } from './contract.ts';
import { known, type Output } from './forms.ts';

/** Networks that say something of every pixel: maps that are as large as the picture, or a power of two smaller. */

const pixels: Pixels = { preset: 'imagenet', cropMode: 'squash', interpolation: 'bilinear' };
const FACTORS = [1, 2, 4, 8, 16];

/** A map among the outputs, channels first: [N, C, h, w]; of one that names classes there is one channel. */
interface FoundMap extends Output {
  /** The map stands alone, or the others only repeat it. */
  readonly alone: boolean;
  /** It was taken from before the operator that chooses the largest class. */
  readonly chosen: boolean;
}

/** The operator that an output ends in, whatever only passes it on after that. */
function endOf(value: Value): Node | undefined {
  let at = value;
  while (at.origin.kind === 'node') {
    const { node } = at.origin;
    if (node.op !== 'Cast' && opOf(node.op).view !== 'whole') return node;
    at = node.inputs[0]!;
  }
  return undefined;
}

const isMapAt = (v: Value, axis: number, [height, width]: FileAnswers['size']) =>
  known(v, axis) * known(v, axis + 1) > 1 &&
  FACTORS.some((f) => known(v, axis) === Math.ceil(height / f) && known(v, axis + 1) === Math.ceil(width / f));

/** An output as a map [N, C, h, w]. */
function mapOf({ name, value }: Output, file: FileAnswers): Omit<FoundMap, 'alone'> | undefined {
  const end = endOf(value);
  if (end?.op === 'ArgMax') {
    const scores = end.inputs[0]!;
    const axis = axisOf(readAttributes('ArgMax', end.attrs).int('axis'), scores.type.shape.length);
    const map = scores.type.shape.length === 4 && axis === 3 ? transpose(scores, [0, 3, 1, 2]) : scores;
    const fits = map.type.shape.length === 4 && (axis === 1 || axis === 3) && isMapAt(map, 2, file.size);
    return fits ? { name, value: map, chosen: true } : undefined;
  }
  const { shape } = value.type;
  if (shape[0] !== file.batch) return undefined;
  const plain = { name, chosen: false };
  if (shape.length === 3 && isMapAt(value, 1, file.size))
    return { ...plain, value: reshape(value, [file.batch, 1, known(value, 1), known(value, 2)]) };
  if (shape.length !== 4) return undefined;
  if (isMapAt(value, 2, file.size) && known(value, 1) > 0) return { ...plain, value };
  return isMapAt(value, 1, file.size) && known(value, 3) > 0
    ? { ...plain, value: transpose(value, [0, 3, 1, 2]) }
    : undefined;
}

/** The map that a file is about; undefined where it gives none, or something else beside. */
function mapIn(file: FileAnswers): FoundMap | undefined {
  const all = [...file.outputs].map(([name, value]) => ({ name, value }));
  const maps = all.flatMap((o) => mapOf(o, file) ?? []);
  const best = maps.find(isMain) ?? maps[0];
  if (!best) return undefined;
  const alike = maps.every(({ value }) => known(value, 1) === known(best.value, 1));
  const same = maps.every(({ value }) => known(value, 2) === known(best.value, 2));
  return { ...best, alone: maps.length === all.length && alike && (same || isMain(best)) };
}

const isMain = ({ name }: Pick<Output, 'name'>) => /^(out|logits|output|masks?)$/i.test(name);

/** What stands before a softmax or a sigmoid at the end; logarithms of what cannot be taken off. */
function logitsOf(map: Value, found: FoundMap): { logits: Value; ends: string | undefined } {
  const node = map.origin.kind === 'node' ? map.origin.node : undefined;
  const last = endOf(map);
  if (node?.op === 'Softmax' || node?.op === 'Sigmoid') return { logits: node.inputs[0]!, ends: node.op };
  if (last?.op !== 'Softmax' && last?.op !== 'Sigmoid')
    return { logits: map, ends: found.chosen ? 'ArgMax' : undefined };
  const p = clip(map, 1e-6, 1 - 1e-6);
  return { logits: last.op === 'Softmax' ? log(p) : sub(log(p), log(sub(1, p))), ends: last.op };
}

const otherwise = (found: FoundMap) => (found.alone ? '' : ', but the file gives other things beside it');

/** Of each pixel a score for each class, or the number of its class. */
export const classMap: Contract = {
  name: 'class-map',
  task: 'segment',
  about:
    'segmenters: [N, classes, height, width], or the class of each pixel [N, height, width]; the first class is the background',
  pixels,
  read: (file): Reading | undefined => {
    const found = mapIn(file);
    if (!found) return undefined;
    const channels = known(found.value, 1);
    const { dtype } = found.value.type;
    if (channels === 1) {
      if (dtype === 'float32') return undefined;
      // Whole numbers are names of classes; how many there are, nobody can see.
      return {
        sure: found.alone,
        why: `whole numbers for every pixel are its class${otherwise(found)}`,
        reads: [found.name],
        answers: (classes) => ({
          logits: oneHot(resizeTo(cast(found.value, 'float32'), file.size, 'nearest'), classes),
        }),
      };
    }
    if (file.labels && file.labels.length !== channels) return undefined;
    return {
      sure: found.alone,
      why: `${channels} channels for every pixel are as many classes${otherwise(found)}`,
      classes: channels,
      reads: [found.name],
      answers: () => ({ logits: resizeTo(logitsOf(cast(found.value, 'float32'), found).logits, file.size) }),
    };
  },
};

/** One channel: how likely each pixel is not background. */
export const mask: Contract = {
  name: 'mask',
  task: 'segment',
  about: 'segmenters of one thing: [N, 1, height, width], how likely each pixel belongs to it',
  pixels,
  read: (file): Reading | undefined => {
    const found = singleIn(file);
    if (!found || (file.labels && file.labels.length > 2)) return undefined;
    const { logits, ends } = logitsOf(found.value, found);
    const text = isPaddle(file);
    const doubt = text ? ', but the file was written by Paddle, whose text detectors look the same' : '';
    return {
      sure: found.alone && ends !== undefined && !text,
      why: `${ends ? 'one channel that ends in a sigmoid is a mask' : 'one channel without a sigmoid may be a mask, or anything else'}${doubt}${otherwise(found)}`,
      classes: 2,
      labels: file.labels?.length === 2 ? file.labels : ['background', file.labels?.[0] ?? 'thing'],
      reads: [found.name],
      answers: () => {
        const map = resizeTo(logits, file.size);
        return { logits: concat([fullLike(map), map], 1) };
      },
    };
  },
};

/** Text is where the map is high: its connected regions are lines of text (Liao et al. 2020, DB, arXiv 1911.08947). */
export const textMap: Contract = {
  name: 'text-map',
  task: 'detect',
  about:
    'text detectors such as PaddleOCR’s DB: [N, 1, height, width], how likely each pixel is text; its regions become boxes',
  pixels: { ...pixels, preset: 'paddle', bgr: true },
  read: (file): Reading | undefined => {
    const found = singleIn(file);
    if (!found || (file.labels && file.labels.length > 1)) return undefined;
    const ends = logitsOf(found.value, found).ends !== undefined;
    return {
      sure: found.alone && ends && isPaddle(file),
      why: isPaddle(file) ? 'the file was written by Paddle' : 'one channel may be text, or a mask of anything',
      classes: 1,
      labels: file.labels ?? ['text'],
      reads: [found.name],
      notes: ends ? [] : ['it does not end in a sigmoid: one was put on'],
      answers: () => ({ regions: resizeTo(ends ? found.value : sigmoid(found.value), file.size) }),
    };
  },
};

function singleIn(file: FileAnswers): FoundMap | undefined {
  const found = mapIn(file);
  return found && known(found.value, 1) === 1 && found.value.type.dtype === 'float32' ? found : undefined;
}

const isPaddle = ({ producer }: FileAnswers) => /paddle/i.test(producer);

/** Class numbers [N, 1, h, w] as logits [N, classes, h, w], 0 and 10. */
function oneHot(numbers: Value, classes: number): Value {
  const each = constant(
    f32(
      [1, classes, 1, 1],
      Array.from({ length: classes }, (_, c) => c),
    ),
  );
  return mul(cast(equal(numbers, each), 'float32'), 10);
}
