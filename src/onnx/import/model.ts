import { check, oneOf, YosegiError } from '../../base/errors.ts';
import { reshape, transpose } from '../../graph/build.ts';
import type { Dim } from '../../graph/dim.ts';
import { type Graph, graph, nameOf, reachable } from '../../graph/graph.ts';
import { opOf, readAttributes } from '../../graph/op.ts';
import { axisOf } from '../../graph/ops/host.ts';
import { input, type Value } from '../../graph/value.ts';
import { fromOnnx, type Imported, type ImportOptions, inputsOf } from '../read.ts';
import { dtypeOf } from '../wire/data-type.ts';
import type { Model } from '../wire/messages.ts';
import { isFloat, widenedType } from './attributes.ts';
import { OnnxImportError } from './errors.ts';
import { gatesOf, type Head, headsOf } from './head.ts';

export interface ImportedModelOptions extends Omit<ImportOptions, 'inputs'> {
  readonly name?: string;
  /** Height and width, where the file leaves them open or others are wanted. */
  readonly size?: number | readonly [number, number];
  /** The image input, where several could be meant. */
  readonly image?: string;
  /** The output with the logits, where several could be meant. */
  readonly logits?: string;
  /** A value of the file (by its name there) that becomes the graph's output in the place of the logits. */
  readonly cut?: string;
}

/** A feature map at one of the strides 4, 8, 16 and 32. */
export interface ImportedStage {
  readonly name: string;
  readonly value: Value;
  readonly stride: number;
  readonly channels: number;
}

/** An imported classifier, with what a model of our own has. */
export interface ImportedModel {
  readonly name: string;
  readonly family: 'imported';
  /** `image` in; `logits` out, or the value it was cut at. */
  readonly graph: Graph;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly classes: number;
  /** [N, channels, H, W], whatever layout the file has. */
  readonly image: Value;
  readonly logits: Value;
  /** What the last layer reads, [N, features]; the first of `heads`. */
  readonly pooled: Value | undefined;
  /** Features that a new head can be put on, the nearest to the logits first. */
  readonly heads: readonly Head[];
  /** The last feature map at each stride, where there is one. */
  readonly stages: readonly ImportedStage[];
  readonly dropPath: 0;
  readonly dropRate: 0;
  readonly weights: Imported['weights'];
  readonly named: Imported['named'];
  /** What was done that the file does not say: a batch made, a softmax taken off. */
  readonly notes: readonly string[];
}

/** The input that takes images, as the file has it. */
export interface ImageInput {
  readonly name: string;
  readonly channels: number;
  readonly batch: Dim;
  /** Channels come last, as TensorFlow has it. */
  readonly last: boolean;
  readonly size: readonly Dim[];
}

/** An ONNX classifier as a model of ours: finds the image and the logits, makes the batch a symbol where that is safe. */
export function importedModel(file: Model, options: ImportedModelOptions = {}): ImportedModel {
  const { image, imported, size, channels, notes } = importedFeatures(file, options);
  const { logits, heads, softmax, output } = classifierOf(imported, options.logits);
  if (softmax) notes.push(`the softmax before '${output}' was taken off`);
  const classes = logits.type.shape[1];
  check(
    typeof classes === 'number',
    () => `the number of classes must be fixed, the logits are [${logits.type.shape}]`,
  );
  const cut =
    options.cut === undefined ? undefined : imported.named.get(oneOf('value', options.cut, [...imported.named.keys()]));
  const outputs: Record<string, Value> = cut ? { [options.cut!]: cut } : { logits };
  return {
    name: options.name ?? imported.graph.name,
    family: 'imported',
    graph: graph(outputs, options.name ?? imported.graph.name),
    size,
    channels,
    classes,
    image,
    logits,
    pooled: heads[0]?.value,
    heads,
    stages: stagesOf(logits, image, size),
    dropPath: 0,
    dropRate: 0,
    weights: imported.weights,
    named: imported.named,
    notes,
  };
}

/** The classifier in an imported graph. */
export interface ImportedClassifier {
  /** [N, classes] */
  readonly logits: Value;
  /** The file gives probabilities: the softmax at its end was taken off. */
  readonly softmax: boolean;
  readonly heads: readonly Head[];
  /** The file's name of the output that the logits come from. */
  readonly output: string;
}

/** Finds the logits among the outputs, or takes those of the output `wanted`. */
export function classifierOf(imported: Imported, wanted?: string): ImportedClassifier {
  const { value, name } = logitsOf(imported.graph, wanted);
  const before = beforeSoftmax(value);
  const rows = before ?? value;
  const logits = reshape(rows, rows.type.shape.slice(0, 2));
  return { logits, softmax: before !== undefined, heads: headsOf(logits), output: name };
}

/** A graph that takes images, whatever it makes of them. */
export interface ImportedFeatures {
  readonly imported: Imported;
  readonly input: ImageInput;
  /** [N, channels, H, W], whatever layout the file has. */
  readonly image: Value;
  readonly size: readonly [number, number];
  readonly channels: number;
  /** What was done that the file does not say. */
  readonly notes: string[];
}

/** An ONNX model of images as a graph of ours, with the batch made a symbol where that is safe. */
export function importedFeatures(file: Model, options: ImportedModelOptions = {}): ImportedFeatures {
  const found = imageOf(file, options);
  const size = sizeOf(found, options);
  const notes: string[] = [];
  return { ...withBatch(file, found, size, options, notes), input: found, size, channels: found.channels, notes };
}

/** The same with symbols, `H` and `W`, for the size: for graphs that do not depend on it. */
export function importedAtAnySize(file: Model, options: ImportedModelOptions = {}): Imported {
  const found = imageOf(file, options);
  const batch = found.batch === 1 || typeof found.batch === 'string' ? 'N' : found.batch;
  return readAs(file, found, batch, ['H', 'W'], options).imported;
}

/** The input of rank 4 with 1 or 3 channels. */
function imageOf(file: Model, options: ImportedModelOptions): ImageInput {
  const infos = inputsOf(file);
  if (options.image !== undefined)
    oneOf(
      'input of the model',
      options.image,
      infos.map((i) => i.name),
    );
  const candidates = infos.flatMap((info): ImageInput[] => {
    if (options.image !== undefined && info.name !== options.image) return [];
    const type = info.type?.kind === 'tensor' ? info.type : undefined;
    const dtype = type && dtypeOf(type.elemType);
    if (type?.shape?.length !== 4 || !dtype || !isFloat(dtype) || widenedType(dtype) !== 'float32') return [];
    const dims = type.shape.map((d): Dim => (d.dimValue && d.dimValue > 0 ? d.dimValue : '?'));
    const channelsAt = [1, 3].find((i) => dims[i] === 3) ?? [1, 3].find((i) => dims[i] === 1);
    if (channelsAt === undefined) return [];
    const last = channelsAt === 3;
    const channels = dims[channelsAt] as number;
    return [{ name: info.name, channels, batch: dims[0]!, last, size: last ? dims.slice(1, 3) : dims.slice(2) }];
  });
  const told = infos.map((i) => `'${i.name}'`).join(', ') || 'none';
  check(candidates.length > 0, () => `no input is a float image of 1 or 3 channels; the model's inputs: ${told}`);
  check(candidates.length === 1, () => `several inputs could be the image: ${told}; say which in options.image`);
  return candidates[0]!;
}

function sizeOf(found: ImageInput, options: ImportedModelOptions): [number, number] {
  const { size } = options;
  const [h, w] = size === undefined ? found.size : typeof size === 'number' ? [size, size] : size;
  check(
    typeof h === 'number' && typeof w === 'number',
    'the model takes images of any size; say which in options.size',
  );
  return [h, w];
}

interface Read {
  readonly image: Value;
  readonly imported: Imported;
}

function withBatch(
  file: Model,
  found: ImageInput,
  size: readonly [number, number],
  options: ImportedModelOptions,
  notes: string[],
): Read {
  const read = (batch: Dim) => readAs(file, found, batch, size, options);
  if (typeof found.batch === 'string') return read('N');
  if (found.batch !== 1) {
    notes.push(`the batch stays ${found.batch}, as the file has it`);
    return read(found.batch);
  }
  try {
    const attempt = read('N');
    const [closed] = [...attempt.imported.graph.outputs.values()].filter((v) => v.type.shape[0] !== 'N');
    if (closed) throw new YosegiError(`an output has the shape [${closed.type.shape}]`);
    notes.push('the file is for one image at a time; its batch was made open');
    return attempt;
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    const fixed = read(1);
    const why = error instanceof OnnxImportError ? (error.problems[0]?.reason ?? '') : error.message;
    notes.push(`the batch stays 1: ${why}`);
    return fixed;
  }
}

function readAs(
  file: Model,
  found: ImageInput,
  batch: Dim,
  size: readonly [Dim, Dim],
  options: ImportedModelOptions,
): Read {
  const { image: _i, logits: _l, cut: _c, size: _s, name: _n, ...rest } = options;
  const image = input('image', 'float32', [batch, found.channels, ...size]);
  const given = found.last ? transpose(image, [0, 2, 3, 1]) : image;
  const imported = fromOnnx(file, { ...rest, inputs: { [found.name]: given } });
  const strangers = imported.graph.inputs.filter((v) => v !== image);
  check(strangers.length === 0, () => {
    const told = strangers.map((v) => `'${nameOf(v)}' ${v.type.dtype}[${v.type.shape}]`);
    return `the model needs more than an image: it reads ${told.join(', ')} too`;
  });
  return { image, imported };
}

function logitsOf(g: Graph, wanted: string | undefined): { name: string; value: Value } {
  if (wanted !== undefined) oneOf('output of the model', wanted, [...g.outputs.keys()]);
  const all = [...g.outputs].map(([name, value]) => ({ name, value }));
  const candidates = all.filter(({ name, value }) => isRow(value.type.shape) && (wanted ?? name) === name);
  const named = candidates.find((c) => c.name === 'logits');
  const told = all.map(({ name, value }) => `'${name}' [${value.type.shape}]`).join(', ');
  check(candidates.length > 0, () => `no output is a matrix of logits [N, classes]; the outputs: ${told}`);
  check(
    candidates.length === 1 || named,
    () => `several outputs could be the logits: ${told}; say which in options.logits`,
  );
  return named ?? candidates[0]!;
}

/** [N, classes], or what convolutional classifiers of older tools end in: [N, classes, 1, 1]. */
const isRow = (shape: readonly Dim[]) => shape.length >= 2 && shape.slice(2).every((d) => d === 1);
const relabelling = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/** Logits from before a softmax at the end: losses want them, and every task puts its own softmax on. */
function beforeSoftmax(value: Value): Value | undefined {
  let at = value;
  while (at.origin.kind === 'node' && relabelling.has(at.origin.node.op)) at = at.origin.node.inputs[0]!;
  if (at.origin.kind !== 'node' || at.origin.node.op !== 'Softmax' || !isRow(at.type.shape)) return undefined;
  const { node } = at.origin;
  const axis = axisOf(readAttributes(opOf('Softmax'), node.attrs).int('axis'), at.type.shape.length);
  return axis === 1 && at.type.shape[1] === value.type.shape[1] ? node.inputs[0]! : undefined;
}

/**
 * The last feature map at each stride, with its channels first whatever the file has; where possible one that everything goes
 * through, as it does where blocks end.
 */
export function stagesOf(logits: Value, image: Value, size: readonly [number, number]): ImportedStage[] {
  const isCandidate = (v: Value) => v.origin.kind === 'node' && v.type.dtype === 'float32' && v.type.shape.length === 4;
  const all = reachable([logits]).filter(isCandidate);
  const gates = gatesOf(logits).filter(isCandidate);
  return [4, 8, 16, 32].flatMap((stride) => {
    const [h, w] = size.map((s) => Math.ceil(s / stride)) as [number, number];
    const first = (v: Value) => isMap(v, image, [2, 3], [h, w]);
    const last = (v: Value) => endsBlock(v) && isMap(v, image, [1, 2], [h, w]);
    const found = gates.findLast(first) ?? gates.findLast(last) ?? all.findLast(first) ?? all.findLast(last);
    if (!found || h * w <= 1) return [];
    const value = first(found) ? found : transpose(found, [0, 3, 1, 2]);
    return [{ name: `stride${stride}`, value, stride, channels: value.type.shape[1] as number }];
  });
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
