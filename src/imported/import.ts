import { check, oneOf, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type Graph, graph, nameOf, roleOf } from '../graph/graph.ts';
import { constantOf, type Init, type Value } from '../graph/value.ts';
import { toOnnx } from '../onnx/print.ts';
import type { Imported } from '../onnx/read.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../onnx/wire/model.ts';
import { answersOf, type OwnAnswers } from './answers.ts';
import { answerOutput, type BuildRecord, buildImported } from './build.ts';
import { type Patterns, patternChoice } from './choice.ts';
import { classifierOf } from './classifier.ts';
import { cutAt } from './cut.ts';
import { deepestMap } from './deepest.ts';
import type { Ending } from './ending.ts';
import type { Head } from './find-heads.ts';
import { pooledBy, poolingAxes } from './head.ts';
import { type ImageInput, type ImageOptions, importedAtAnySize, importedFeatures } from './image-input.ts';
import { isTraining } from './inference.ts';
import { withoutQuantization } from './quantized.ts';
import type { ModelRecord, ParameterRecord } from './record.ts';
import { stageMap, stageOutput } from './stages.ts';

export interface ImportModelOptions extends Patterns {
  readonly name?: string;
  /** Height and width, where the file leaves them open or others are wanted. */
  readonly size?: number | readonly [number, number];
  /** The input that takes images, where several could be meant. */
  readonly image?: string;
  /** The output with the logits, where several could be meant. */
  readonly logits?: string;
  /** What the outputs of a detector or segmenter mean, by the name of a contract, where they do not say it themselves. */
  readonly output?: string;
  /** Names of the classes; some outputs do not show how many there are. */
  readonly labels?: readonly string[];
  /** The network takes blue, green, red; default: what its contract says, or not. */
  readonly bgr?: boolean;
  /** A value of the file: the model ends there, whatever comes behind, and gets a new head. */
  readonly cut?: string;
  /** A value of the file that a new head is put on; the file's own classifier stays until another class count is asked for. */
  readonly head?: string;
  /** Values of the file, in order: where its stages end. Found by their sizes where none are named. */
  readonly stages?: readonly string[];
}

/** A place for a new head. */
export interface HeadPlace {
  readonly value: string | null;
  readonly features: number;
  readonly before: string;
}

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
  check(
    image.type.shape[0] === 'N',
    () => `the model takes one batch size only, so it cannot be trained: ${notes.at(-1)}`,
  );
  const found = partsOf(imported, size, options);
  // Which colour comes first is known by the contract alone.
  if (found.own?.contract.pixels.bgr && channels === 3 && options.bgr === undefined)
    return importModel(file, { ...options, bgr: true });
  check(
    isOneRowEach(found),
    () => `its layers do not fit images of ${size.join('×')}: one image would have several answers. ${ownSize(input)}`,
  );
  notes.push(...endingNotes(found));
  if (quantized)
    notes.push(
      'it was quantised: its weights were taken as floats, and nothing is rounded here, so answers differ by that',
    );
  if (isTraining(whole))
    notes.push('it was exported in training mode: running statistics and no dropout are used here');
  if (input.bgr) notes.push('it takes blue, green, red: pictures are turned round inside the graph');
  notes.push(...found.notes, ...pixelNotes(imported, image));

  const record = {
    name: options.name ?? (file.graph.name || 'imported'),
    size,
    channels: channels === 1 ? (1 as const) : (3 as const),
    classes: found.logits ? classesOf(found.logits) : null,
    ...(found.own && { answers: found.own.record }),
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

/** What size a file says that it takes. */
const ownSize = ({ size }: ImageInput) =>
  size.every((d) => typeof d === 'number') ? `The file is made for ${size.join('×')}` : 'Try another --size';

interface Parts {
  readonly logits: Value | undefined;
  readonly pooled: Value;
  readonly head: HeadPlace;
  readonly heads: readonly HeadPlace[];
  readonly ending: Ending;
  readonly output: string;
  readonly axes: readonly number[];
  readonly notes: readonly string[];
  /** Ends of the stages that were named. */
  readonly stages: readonly Value[];
  /** Of a detector or segmenter. */
  readonly own?: OwnAnswers;
}

/** Logits and features of an imported graph. With `like`, as they were found before in the graph of a fixed size. */
function partsOf(
  imported: Imported,
  size: readonly [number, number],
  options: ImportModelOptions,
  like?: Parts,
): Parts {
  const known = [...imported.named.keys()];
  const named = (what: string, name: string) => imported.named.get(oneOf(what, name, known))!;
  const stages = (options.stages ?? []).map((name) => stageMap(named('value', name), name, size));
  const on = (name: string, value: Value) => {
    const what = `the value '${name}'`;
    const axes = like?.axes ?? poolingAxes(value, size, what);
    const pooled = pooledBy(value, axes, what);
    const head = { value: name, features: pooled.type.shape[1] as number, before: readersOf(imported, value) };
    return { pooled, axes, head };
  };
  if (options.cut !== undefined) {
    const cut = on(options.cut, imported.graph.outputs.get(options.cut)!);
    const ending: Ending = { logits: cut.pooled, ops: [], restore: (v) => v };
    return { ...cut, logits: undefined, heads: [cut.head], ending, output: options.cut, notes: [], stages };
  }
  const answers = options.logits === undefined ? answersOf(imported, size, options) : undefined;
  if (answers) {
    const at = options.head ?? nameOfValue(imported, deepestMap(Object.values(answers.values), size));
    check(at !== undefined, 'no feature map was found that a new head could read: name a value with options.head');
    const place = on(at, named('value', at));
    const ending: Ending = { logits: place.pooled, ops: [], restore: (v) => v };
    const output = Object.keys(answers.reads)[0]!;
    const found = { logits: undefined, ending, output, notes: ownNotes(answers), stages, own: answers };
    return { ...place, heads: [place.head], ...found };
  }
  const { logits, ending, heads, output } = classifierOf(imported, options.logits);
  const places = heads.map((h) => placeOf(h, imported));
  const rest = { logits, ending, heads: places, output, notes: [], stages };
  if (options.head !== undefined) {
    return { ...on(options.head, named('value', options.head)), ...rest };
  }
  if (heads.length > 0) return { pooled: heads[0]!.value, axes: [], head: places[0]!, ...rest };
  const own = { value: output, features: classesOf(logits), before: 'nothing' };
  const notes = [
    'no features before the classifier were found: a new head goes on the logits; choose others with --head',
  ];
  return { pooled: logits, axes: [], head: own, ...rest, heads: [own], notes };
}

const nameOfValue = ({ named }: Imported, value: Value | undefined) => [...named].find(([, v]) => v === value)?.[0];

const ownNotes = ({ record, why, notes }: OwnAnswers) => [
  `its outputs are taken for those of ${record.contract}: ${why}`,
  ...notes,
];

function classesOf(logits: Value): number {
  const [, classes] = logits.type.shape;
  check(
    typeof classes === 'number',
    () => `the number of classes must be fixed, the logits are [${logits.type.shape}]`,
  );
  return classes;
}

/** What was taken off behind the logits, and what the file's answers are here. */
function endingNotes({ ending: { ops }, logits }: Parts): string[] {
  if (ops.length === 0) {
    if (logits?.type.shape[1] !== 1) return [];
    return ['the file gives one number for an image: it is no classifier until it is trained with a new head'];
  }
  if (ops.some((op) => op === 'Softmax' || op === 'LogSoftmax'))
    return ['the file gives probabilities: the softmax at its end was taken off, logits come out'];
  const off = `the file ends in ${ops.join(', ')}: it was taken off, logits come out`;
  if (ops.includes('Sigmoid') || ops.includes('HardSigmoid')) {
    const two = logits?.type.shape[1] === 2;
    return [
      `${off}; here exactly one class is right, and how sure the model is adds up to one over the classes` +
        (two ? '. One answer became two classes: the second is the one that the file speaks of' : ''),
    ];
  }
  return [off];
}

/** Files that prepare pixels themselves want others than those that do not. */
function pixelNotes({ graph: g }: Imported, image: Value): string[] {
  const pixels = new Set([image]);
  const arithmetic: string[] = [];
  for (const { op, inputs, outputs } of g.nodes) {
    const own = inputs.some((v) => v && pixels.has(v)) && inputs.every((v) => v && (pixels.has(v) || constantOf(v)));
    if (!own || !['Transpose', 'Cast', 'Add', 'Sub', 'Mul', 'Div'].includes(op)) continue;
    pixels.add(outputs[0]!);
    if (op.length === 3) arithmetic.push(op);
  }
  if (arithmetic.length === 0) return [];
  return [
    `it begins with arithmetic on the pixels (${arithmetic.join(', ')}): if it normalises them itself, it wants --preprocessing bytes or unit`,
  ];
}

/** A head with the file's name for what it reads. */
function placeOf({ reads, value, features, before }: Head, { named }: Imported): HeadPlace {
  const name = [...named].find(([, v]) => v === value || v === reads)?.[0] ?? null;
  return { value: name, features, before };
}

function readersOf({ graph: g }: Imported, value: Value): string {
  const reader = g.nodes.find((n) => n.inputs.includes(value));
  return reader ? [reader.op, reader.scope].filter(Boolean).join(' in ') : 'nothing';
}

function graphOf({ logits, pooled, stages, own }: Parts, name: string): Graph {
  const answers = Object.entries(own?.values ?? {}).map(([answer, v]) => [answerOutput(answer), v] as const);
  const named = stages.map((v, i) => [stageOutput(i), v] as const);
  return graph({ ...(logits && { logits }), pooled, ...Object.fromEntries([...named, ...answers]) }, name);
}

const print = (parts: Parts, name: string) => toOnnx(graphOf(parts, name), { target: 'standard' });

/** In the order in which data reaches them. */
function parametersOf(parts: Parts, imported: Imported): ParameterRecord[] {
  const g = graphOf(parts, 'all');
  const reached = firstReads(g);
  const inOrder = [...g.params].sort((a, b) => reached.get(a)! - reached.get(b)!);
  return inOrder.map((p) => {
    const name = nameOf(p)!;
    const source = imported.sources.get(name);
    check(p.origin.kind === 'param', 'not a parameter');
    const shape = p.type.shape.map(Number);
    return { name, ...(source !== undefined && { source }), shape, role: roleOf(p), init: finite(p.origin.init) };
  });
}

/** For each value, the first node that reads it together with something of the image: nodes on weights alone may stand anywhere. */
function firstReads({ nodes, inputs }: Graph): Map<Value, number> {
  const moving = new Set(inputs);
  for (const { inputs: read, outputs } of nodes) {
    if (read.some((v) => v && moving.has(v))) for (const y of outputs) moving.add(y);
  }
  const first = new Map<Value, number>();
  for (const [i, { inputs: read, outputs }] of [...nodes.entries()].reverse()) {
    const still = outputs.filter((y) => !moving.has(y)).map((y) => first.get(y) ?? nodes.length);
    read.forEach((v, k) => {
      const at = still.length > 0 ? Math.min(...still) : i + k / read.length;
      if (v) first.set(v, Math.min(at, first.get(v) ?? at));
    });
  }
  return first;
}

/** Damaged weights have no spread that could be written down. */
const finite = (init: Init): Init =>
  Object.values(init).every((v) => typeof v === 'string' || Number.isFinite(v)) ? init : { kind: 'constant', value: 0 };

/** Where rows of fixed length are cut out of a larger map, one image becomes several. */
const isOneRowEach = ({ logits, pooled }: Parts) =>
  [logits, pooled].every((v) => v === undefined || v.type.shape[0] === 'N');

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
    if (!same || parts.head.features !== like.head.features || !isOneRowEach(parts)) return undefined;
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
