import { check } from '../base/errors.ts';
import { transpose } from '../graph/build.ts';
import { fixed, sameShape } from '../graph/dim.ts';
import { reachable } from '../graph/graph.ts';
import { opOf } from '../graph/op.ts';
import type { Value } from '../graph/value.ts';
import { type Stage, stageFrom } from '../models/stage.ts';
import { gatesOf } from './find-heads.ts';

/** Names of the graph outputs that give the stages a user has named: kept apart from logits and features. */
export const stageOutput = (index: number) => `stage.${index}`;

/**
 * A value that a user has named as the end of a stage, with its channels first whatever the file has.
 * @throws YosegiError where it is no feature map of images of this size
 */
export function stageMap(value: Value, name: string, size: readonly [number, number]): Value {
  const { shape, dtype } = value.type;
  const strideAt = (axis: number) => {
    const [h, w] = [shape[axis], shape[axis + 1]];
    if (typeof h !== 'number' || typeof w !== 'number') return undefined;
    const stride = 2 ** Math.round(Math.log2(size[0] / h));
    return h === Math.ceil(size[0] / stride) && w === Math.ceil(size[1] / stride) ? stride : undefined;
  };
  const first = shape.length === 4 && strideAt(2) !== undefined;
  const last = shape.length === 4 && !first && strideAt(1) !== undefined;
  check(
    dtype === 'float32' && (shape[0] === 'N' || shape[0] === 1) && (first || last),
    () =>
      `the value '${name}' is ${dtype}[${shape}], no feature map of images of ${size.join('×')}: ` +
      'a stage ends in [N, channels, height, width], a power of two smaller than the image',
  );
  return first ? value : transpose(value, [0, 3, 1, 2]);
}

/** The stage that a map [N, C, H, W] is the end of: at the power of two that is nearest to how much smaller it is. */
export function stageAt(value: Value, name: string, size: readonly [number, number]): Stage {
  const height = fixed(value.type.shape[2], 'the height');
  return stageFrom({ name, value, level: 2 ** Math.round(Math.log2(size[0] / height)) }, size);
}

/**
 * The last feature map at each stride, with its channels first whatever the file has; where possible one that everything goes
 * through, as it does where blocks end.
 */
export function stagesOf(logits: Value, image: Value, size: readonly [number, number]): Stage[] {
  const values = reachable([logits]);
  const scores = attentionIn(values);
  const isCandidate = (v: Value) =>
    v.origin.kind === 'node' && v.type.dtype === 'float32' && v.type.shape.length === 4 && !scores.has(v);
  const all = values.filter(isCandidate);
  const gates = gatesOf(logits).filter(isCandidate);
  return [4, 8, 16, 32].flatMap((stride) => {
    const [h, w] = size.map((s) => Math.ceil(s / stride)) as [number, number];
    const first = (v: Value) => isMap(v, image, [2, 3], [h, w]);
    const last = (v: Value) => endsBlock(v) && isMap(v, image, [1, 2], [h, w]);
    const found = gates.findLast(first) ?? gates.findLast(last) ?? all.findLast(first) ?? all.findLast(last);
    if (!found || h * w <= 1) return [];
    const value = first(found) ? found : transpose(found, [0, 3, 1, 2]);
    return [stageFrom({ name: `stride${stride}`, value, level: stride }, size)];
  });
}

/**
 * What attention weighs with and what it makes of its values: products of features with features, their softmax. With as many tokens
 * as a map has pixels they have a map's shape, [N, heads, tokens, tokens], but no place in the picture.
 */
function attentionIn(values: readonly Value[]): Set<Value> {
  const moving = new Set<Value>();
  const scores = new Set<Value>();
  for (const v of values) {
    const { origin } = v;
    if (origin.kind === 'input') moving.add(v);
    if (origin.kind !== 'node') continue;
    const { op, inputs } = origin.node;
    const read = inputs.filter((i) => i !== undefined && moving.has(i));
    if (read.length > 0) moving.add(v);
    const product = (op === 'MatMul' || op === 'FusedMatMul') && read.length > 1;
    // Features that are multiplied with smaller weights stay features.
    const full = read.filter((i) => op === 'Reshape' || sameShape(i!.type.shape, v.type.shape));
    const kept = op !== 'Reshape' || sameShape(v.type.shape.slice(-2), inputs[0]!.type.shape.slice(-2));
    const passed =
      (opOf(op).elementwise || op === 'Dropout' || op === 'Reshape') &&
      kept &&
      full.length > 0 &&
      full.every((i) => scores.has(i!));
    if (product || op === 'Softmax' || passed) scores.add(v);
  }
  return scores;
}

/** Attention has values that look like maps with their channels last; they are not what blocks end in. */
const endsBlock = ({ origin }: Value) =>
  origin.kind === 'node' && (origin.node.op === 'Add' || origin.node.op === 'LayerNormalization');

function isMap(v: Value, image: Value, axes: readonly [number, number], size: readonly [number, number]): boolean {
  const { shape } = v.type;
  const channels = shape[axes[0] === 2 ? 1 : 3];
  return (
    shape[0] === image.type.shape[0] &&
    shape[axes[0]] === size[0] &&
    shape[axes[1]] === size[1] &&
    typeof channels === 'number'
  );
}
