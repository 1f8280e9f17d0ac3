import { check, oneOf, YosegiError } from '../base/errors.ts';
import { cast, clip, gather, ints, transpose } from '../graph/build.ts';
import type { Dim } from '../graph/dim.ts';
import { nameOf } from '../graph/graph.ts';
import { apply1 } from '../graph/op.ts';
import { input, type Value } from '../graph/value.ts';
import { isFloat, widenedType } from '../onnx/import/attributes.ts';
import { OnnxImportError } from '../onnx/import/errors.ts';
import { fromOnnx, type Imported, type ImportOptions, inputsOf } from '../onnx/read.ts';
import { dataTypeName, dtypeOf } from '../onnx/wire/data-type.ts';
import type { Model, ValueInfo } from '../onnx/wire/messages.ts';

/** How a file is read as a network for images. */
export interface ImageOptions extends Omit<ImportOptions, 'inputs'> {
  /** Height and width, where the file leaves them open or others are wanted. */
  readonly size?: number | readonly [number, number];
  /** Height and width where the file leaves them open and `size` says nothing. */
  readonly open?: number;
  /** The image input, where several could be meant. */
  readonly image?: string;
  /** It takes blue, green, red: pictures, which are red, green, blue, are turned round in the graph. */
  readonly bgr?: boolean;
}

/** The input that takes images, as the file has it. */
export interface ImageInput {
  readonly name: string;
  readonly channels: number;
  readonly batch: Dim;
  /** Channels come last, as TensorFlow has it. */
  readonly last: boolean;
  /** Pixels are bytes, 0 … 255: they are rounded to those in the graph. */
  readonly bytes: boolean;
  /** Blue comes first. */
  readonly bgr: boolean;
  readonly size: readonly Dim[];
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
export function importedFeatures(file: Model, options: ImageOptions = {}): ImportedFeatures {
  const found = imageOf(file, options);
  const size = sizeOf(found, options);
  const notes: string[] = [];
  return { ...withBatch(file, found, size, options, notes), input: found, size, channels: found.channels, notes };
}

/** The same with symbols, `H` and `W`, for the size: for graphs that do not depend on it. */
export function importedAtAnySize(file: Model, options: ImageOptions = {}): Imported {
  const found = imageOf(file, options);
  const batch = found.batch === 1 || typeof found.batch === 'string' ? 'N' : found.batch;
  return readAs(file, found, batch, ['H', 'W'], options).imported;
}

/** The input of rank 4 with 1 or 3 channels. */
function imageOf(file: Model, options: ImageOptions): ImageInput {
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
    const bytes = dtype === 'uint8';
    const isFloats = dtype && isFloat(dtype) && widenedType(dtype) === 'float32';
    if (type?.shape?.length !== 4 || !(bytes || isFloats)) return [];
    const dims = type.shape.map((d): Dim => (d.dimValue && d.dimValue > 0 ? d.dimValue : '?'));
    const channelsAt = [1, 3].find((i) => dims[i] === 3) ?? [1, 3].find((i) => dims[i] === 1);
    if (channelsAt === undefined) return [];
    const last = channelsAt === 3;
    const channels = dims[channelsAt] as number;
    const bgr = options.bgr === true && channels === 3;
    const size = last ? dims.slice(1, 3) : dims.slice(2);
    return [{ name: info.name, channels, batch: dims[0]!, last, bytes, bgr, size }];
  });
  const told = infos.map((i) => `'${i.name}'`).join(', ') || 'none';
  check(
    candidates.length > 0,
    () =>
      `no input is an image of 1 or 3 channels as floats or bytes; the model's inputs: ${infos.map(inputText).join(', ') || 'none'}`,
  );
  check(candidates.length === 1, () => `several inputs could be the image: ${told}; say which in options.image`);
  return candidates[0]!;
}

function inputText({ name, type }: ValueInfo): string {
  if (type?.kind !== 'tensor') return `'${name}'`;
  return `'${name}' ${dataTypeName(type.elemType)}[${type.shape?.map((d) => d.dimValue ?? d.dimParam ?? '?') ?? '?'}]`;
}

function sizeOf(found: ImageInput, options: ImageOptions): [number, number] {
  const { size, open } = options;
  const own = found.size.map((d) => (typeof d === 'number' ? d : (open ?? d)));
  const [h, w] = size === undefined ? own : typeof size === 'number' ? [size, size] : size;
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
  options: ImageOptions,
  notes: string[],
): Read {
  const read = (batch: Dim) => readAs(file, found, batch, size, options);
  const isOpen = typeof found.batch === 'string';
  if (found.batch !== 1 && !isOpen) {
    notes.push(`the batch stays ${found.batch}, as the file has it`);
    return read(found.batch);
  }
  try {
    const attempt = read('N');
    const [closed] = [...attempt.imported.graph.outputs.values()].filter((v) => v.type.shape[0] !== 'N');
    if (closed && !isOpen) throw new YosegiError(`an output has the shape [${closed.type.shape}]`);
    if (!isOpen) notes.push('the file is for one image at a time; its batch was made open');
    return attempt;
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    const fixed = onlyOne(read, error, isOpen);
    const why = error instanceof OnnxImportError ? (error.problems[0]?.reason ?? '') : error.message;
    notes.push(`the batch stays 1: ${why}`);
    return fixed;
  }
}

/** The graph for one picture; where the file is for any number, what is wrong with that is what is said. */
function onlyOne(read: (batch: Dim) => Read, error: YosegiError, isOpen: boolean): Read {
  try {
    return read(1);
  } catch (other) {
    throw isOpen ? error : other;
  }
}

function readAs(file: Model, found: ImageInput, batch: Dim, size: readonly [Dim, Dim], options: ImageOptions): Read {
  const { image: _i, size: _s, open: _o, bgr: _b, ...rest } = options;
  const image = input('image', 'float32', [batch, found.channels, ...size]);
  const ordered = found.bgr ? gather(image, ints([2, 1, 0]), 1) : image;
  const placed = found.last ? transpose(ordered, [0, 2, 3, 1]) : ordered;
  const given = found.bytes ? cast(clip(apply1('Round', [placed]), 0, 255), 'uint8') : placed;
  const imported = fromOnnx(file, { ...rest, inputs: { [found.name]: given } });
  const strangers = imported.graph.inputs.filter((v) => v !== image);
  check(strangers.length === 0, () => {
    const told = strangers.map((v) => `'${nameOf(v)}' ${v.type.dtype}[${v.type.shape}]`);
    return `the model needs more than an image: it reads ${told.join(', ')} too`;
  });
  return { image, imported };
}
