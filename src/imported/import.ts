import { check, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type Graph, graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../onnx/wire/model.ts';
import type { OwnAnswers } from './answers.ts';
import { type BuildRecord, buildImported } from './build.ts';
import { patternChoice } from './choice.ts';
import { cutAt } from './cut.ts';
import { type ImageInput, type ImageOptions, importedAtAnySize, importedFeatures } from './image-input.ts';
import type { ImportModelOptions } from './import-options.ts';
import { isTraining } from './inference.ts';
import { endingNotes, pixelNotes } from './notes.ts';
import { classesOf, type HeadPlace, isOneRowEach, type Parts, partsOf } from './parts.ts';
import { parametersOf, print } from './print.ts';
import { withoutQuantization } from './quantized.ts';
import type { ModelRecord } from './record.ts';

export type { ImportModelOptions } from './import-options.ts';

/** A model that was taken in, before it is written. */
export interface ImportedDraft extends BuildRecord {
  readonly channels: 1 | 3;
  readonly head: HeadPlace;
  /** Other places, for `head`. */
  readonly heads: readonly HeadPlace[];
  /** Of a detector or segmenter. */
  readonly own: OwnAnswers | undefined;
  readonly constants: ModelRecord['constants'];
  readonly notes: readonly string[];
  /** The graph as it is written: parameters are inputs, `logits` and `pooled` come out. */
  readonly onnx: OnnxModel;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** How the file is asked the same question. */
  readonly original: {
    readonly file: OnnxModel;
    readonly input: ImageInput;
    /** The output with the logits; null where the model was cut. */
    readonly logits: string | null;
    /** What the file gives, made of the logits. */
    readonly restore: (logits: Value) => Value;
    /** Of a detector or segmenter: the outputs that are read, as they were taken in, and values of all parameters. */
    readonly reads?: { readonly graph: Graph; readonly weights: ReadonlyMap<string, Tensor> };
  };
  readonly opset: number;
  readonly producer: string;
}

/**
 * Takes an ONNX model in as a model of ours: which tensors are parameters, where a new head goes, whether other image sizes are
 * possible. Its tensors must be in it (wire/externalize).
 * @throws OnnxImportError that names every node that stands in the way; YosegiError for what an option names and the file lacks
 */
export function importModel(file: OnnxModel, options: ImportModelOptions = {}): ImportedDraft {
  const { cut, head, output } = options;
  check(cut === undefined || head === undefined, 'either cut the model at a value or put a head on one, not both');
  check(
    output === undefined || (cut === undefined && options.logits === undefined),
    'a contract is of the outputs of the whole file: leave out what cuts the model or names its logits',
  );
  const { file: plain, quantized } = withoutQuantization(file);
  const last = cut ?? options.logits;
  const whole = last === undefined ? plain : cutAt(plain, last);
  const choice = patternChoice(options);
  const {
    train: _t,
    freeze: _f,
    head: _h,
    cut: _c,
    logits: _l,
    output: _o,
    labels: _n,
    stages: stageNames = [],
    ...rest
  } = options;
  const importing: ImageOptions = { ...rest, parameters: choice.choose };

  const { imported, image, input, size, channels, notes } = importedFeatures(whole, importing);
  choice.finish();
  const batch = image.type.shape[0]!;
  const cannot = () => `the model takes one batch size only, so it cannot be trained: ${notes.at(-1)}`;
  check(batch === 'N' || batch === 1, cannot);
  const found = partsOf(imported, size, options);
  // What answers by itself is of use without being trained.
  check(batch === 'N' || found.own, () => `${cannot()}. ${CUT}`);
  // Which colour comes first is known by the contract alone.
  if (found.own?.contract.pixels.bgr && channels === 3 && options.bgr === undefined)
    return importModel(file, { ...options, bgr: true });
  check(
    isOneRowEach(found, batch),
    () => `its layers do not fit images of ${size.join('×')}: one image would have several answers. ${ownSize(input)}`,
  );
  notes.push(...endingNotes(found));
  if (quantized)
    notes.push(
      'it was quantised: its weights were taken as floats, and nothing is rounded here, so answers differ by that',
    );
  if (isTraining(whole))
    notes.push('it was exported in training mode: running statistics and no dropout are used here');
  if (batch === 1)
    notes.push('it takes one picture at a time: batches run picture by picture, and it cannot be trained');
  if (input.bytes) notes.push('it takes pixels as bytes: they are rounded to 0 … 255 inside the graph');
  if (input.bgr) notes.push('it takes blue, green, red: pictures are turned round inside the graph');
  notes.push(...found.notes, ...pixelNotes(imported, image));

  const record = {
    name: options.name ?? (file.graph.name || 'imported'),
    size,
    channels: channels === 1 ? (1 as const) : (3 as const),
    classes: found.logits ? classesOf(found.logits) : null,
    ...(found.own && { answers: found.own.record }),
    ...(batch === 1 && { batch: 1 as const }),
    parameters: parametersOf(found, imported),
    stages: [...stageNames],
  };
  const open = found.own ? undefined : printedAtAnySize(whole, importing, options, record, found);
  const onnx = open ?? print(found, record.name);
  // What is written is what is opened: it is read once here, so that no folder is made that cannot be.
  if (!open) buildImported(decodeModel(encodeModel(onnx)), { ...record, anySize: false });
  const kept = new Set(record.parameters.map((p) => p.name));
  return {
    ...record,
    anySize: open !== undefined,
    head: found.head,
    heads: found.heads,
    own: found.own,
    constants: imported.constants.map((c) => ({ ...c, shape: [...c.shape] })),
    notes,
    onnx,
    weights: new Map([...imported.weights].filter(([name]) => kept.has(name))),
    original: {
      file: whole,
      input,
      logits: found.logits ? found.output : null,
      restore: found.ending.restore,
      ...(found.own && { reads: { graph: graph(found.own.reads), weights: imported.weights } }),
    },
    opset: imported.opset,
    producer: imported.producer,
  };
}

const CUT = 'To train a head of your own, end the model before that: --cut VALUE';

/** What size a file says that it takes. */
const ownSize = ({ size }: ImageInput) =>
  size.every((d) => typeof d === 'number') ? `The file is made for ${size.join('×')}` : 'Try another --size';

/** The graph for every size, where the file has one and it is the same graph; undefined where its size is built in. */
function printedAtAnySize(
  file: OnnxModel,
  importing: ImageOptions,
  options: ImportModelOptions,
  record: Omit<BuildRecord, 'anySize'>,
  like: Parts,
): OnnxModel | undefined {
  try {
    const imported = importedAtAnySize(file, importing);
    const parts = partsOf(imported, record.size, options, like);
    const same = JSON.stringify(parametersOf(parts, imported)) === JSON.stringify(record.parameters);
    if (!same || parts.head.features !== like.head.features || !isOneRowEach(parts, 'N')) return undefined;
    const onnx = print(parts, record.name);
    // A size that is built in shows where another is asked for.
    const [h, w] = record.size;
    for (const size of [record.size, [h + 32, w + 64]] as const)
      buildImported(decodeModel(encodeModel(onnx)), { ...record, anySize: true }, { size });
    return onnx;
  } catch (error) {
    if (error instanceof YosegiError) return undefined;
    throw error;
  }
}
