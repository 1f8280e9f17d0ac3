import { check, messageOf, YosegiError } from '../base/errors.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import { mul, reduceSum } from '../graph/build.ts';
import type { Dim } from '../graph/dim.ts';
import { nameOf, reachable } from '../graph/graph.ts';
import { constant, input, param, type Value } from '../graph/value.ts';
import type { Model, ModelOptions } from '../models/model.ts';
import { fromOnnx } from '../onnx/read.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';
import { blocksOf } from './blocks.ts';
import { headsOf } from './find-heads.ts';
import { newHead, withDropout } from './head.ts';
import type { ModelRecord, ParameterRecord } from './record.ts';
import { stageAt, stageMap, stageOutput, stagesOf } from './stages.ts';

/** What of a record decides how the model is built. */
export interface BuildRecord
  extends Pick<ModelRecord, 'name' | 'anySize' | 'channels' | 'classes' | 'stages' | 'answers' | 'batch'> {
  readonly size: readonly [number, number];
  readonly parameters: readonly ParameterRecord[];
}

/** Classes of a model that was cut off before its classifier, where none are asked for. */
const DEFAULT_CLASSES = 1000;

/** What ITU-R BT.601, and so every picture library, makes grey of red, green and blue with. */
const luma = [0.299, 0.587, 0.114];

/**
 * The model of a model folder, from its graph and record. `classes` other than the file's put a new linear head on the pooled
 * features. Pictures are coloured: a file of one channel gets grey ones, made of them in the graph, unless one `channels` is asked for.
 */
export function buildImported(file: OnnxModel, record: BuildRecord, options: ModelOptions = {}): Model {
  const size = sizeOf(record, options.size);
  const { channels = 3, dropRate = 0, dropPath = 0 } = options;
  check(dropPath === 0, () => `${record.name} was imported: it has no stochastic depth, leave out the drop path rate`);
  check(
    channels === record.channels || (channels === 3 && record.channels === 1),
    () => `${record.name} takes images of ${record.channels} channels, not ${channels}`,
  );
  const batch: Dim = record.batch ?? 'N';
  check(
    batch === 'N' || options.classes === undefined,
    () =>
      `${record.name} takes one picture at a time, so no new head can be trained on it: import the file again with --cut VALUE, ended before it chooses its boxes`,
  );
  const image = input('image', 'float32', [batch, channels, ...size]);
  const { outputs } = readBack(file, record, channels === record.channels ? image : grey(image));
  const pooled = outputs.get('pooled');
  const old = outputs.get('logits');
  check(isMatrix(pooled, batch) && (record.classes === null ? !old : isMatrix(old, batch, record.classes)), () => {
    const told = [...outputs].map(([name, v]) => `${name} ${v.type.dtype}[${v.type.shape}]`).join(', ');
    return `the graph does not give what the record says: its outputs are ${told}`;
  });
  // Who asks for other classes wants another head.
  const answers = options.classes === undefined ? answersIn(outputs, record) : undefined;
  const classes = options.classes ?? record.answers?.classes ?? record.classes ?? DEFAULT_CLASSES;
  check(Number.isInteger(classes) && classes >= 1, `the number of classes must be at least 1, got ${classes}`);
  const kept = old && classes === record.classes;
  const logits = kept
    ? withDropout(old, headsOf(old)[0]?.reads ?? pooled, dropRate)
    : newHead(pooled!, classes, dropRate);
  return {
    name: record.name,
    family: 'imported',
    blocks: blocksOf(record.parameters.map((p) => p.name)),
    resize: {},
    size,
    channels,
    classes,
    image,
    pooled: pooled!,
    logits,
    ...(answers && { answers }),
    stages: record.stages.length > 0 ? namedStages(outputs, record, size) : stagesOf(logits, image, size),
    dropPath: 0,
    dropRate,
  };
}

/** Name of the graph output that gives one of the model's own answers. */
export const answerOutput = (name: string) => `answer.${name}`;

function answersIn(outputs: ReadonlyMap<string, Value>, { answers, batch }: BuildRecord): Model['answers'] {
  if (!answers) return undefined;
  const found = answers.outputs.map((name) => {
    const value = outputs.get(answerOutput(name));
    check(
      value?.type.dtype === 'float32' && value.type.shape[0] === (batch ?? 'N'),
      () => `the graph has no float32 output '${answerOutput(name)}' [${batch ?? 'N'}, …], which the record promises`,
    );
    return [name, value] as const;
  });
  return Object.fromEntries(found);
}

function namedStages(outputs: ReadonlyMap<string, Value>, { stages }: BuildRecord, size: readonly [number, number]) {
  return stages.map((name, i) => {
    const value = outputs.get(stageOutput(i));
    check(value, `the graph has no output '${stageOutput(i)}' for the stage that the record calls '${name}'`);
    return stageAt(stageMap(value, name, size), name, size);
  });
}

function sizeOf(record: BuildRecord, given: ModelOptions['size']): readonly [number, number] {
  const size: readonly [number, number] =
    given === undefined ? record.size : typeof given === 'number' ? [given, given] : given;
  check(
    size.every((s) => Number.isInteger(s) && s >= 1 && s <= 8192),
    `the input size must be whole and from 1 to 8192 pixels, got ${size.join('×')}`,
  );
  check(
    record.anySize || size.join() === record.size.join(),
    () =>
      `${record.name} was imported for images of ${record.size.join('×')} and its graph holds for that size only; ` +
      `for ${size.join('×')} import the original file again: yosegi import … --size ${size.join('x')}`,
  );
  return size;
}

/** The graph, with parameters in the place of the inputs that carry their names. */
function readBack(file: OnnxModel, record: BuildRecord, image: Value): { outputs: ReadonlyMap<string, Value> } {
  const params = record.parameters.map((p): [string, Value] => [p.name, param(p.name, p.shape, p.init, p.role)]);
  try {
    const read = fromOnnx(file, { inputs: Object.fromEntries([...params, ['image', image]]) });
    const strangers = read.graph.inputs.filter((v) => nameOf(v) !== 'image');
    check(strangers.length === 0, () => `the graph reads '${nameOf(strangers[0]!)}', which the record does not have`);
    return read.graph;
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    const at = image.type.shape.slice(2).join('×');
    throw new YosegiError(`${record.name} cannot be built for images of ${at}: ${messageOf(error)}`, { cause: error });
  }
}

function isMatrix(v: Value | undefined, rows: Dim, columns?: number): boolean {
  if (v?.type.dtype !== 'float32' || v.type.shape.length !== 2 || v.type.shape[0] !== rows) return false;
  const [, found] = v.type.shape;
  return typeof found === 'number' && (columns === undefined || found === columns);
}

const grey = (image: Value) => reduceSum(mul(image, constant(f32([1, 3, 1, 1], luma))), [1]);

/** Those of the file's weights that the model has: a head that was replaced takes its own with it, whatever the new one is called. */
export function weightsOf(
  model: Model,
  record: Pick<BuildRecord, 'classes'>,
  all: ReadonlyMap<string, Tensor<'float32'>>,
): Map<string, Tensor<'float32'>> {
  const own = Object.values(model.answers ?? {});
  const values = [model.pooled, ...(model.classes === record.classes ? [model.logits] : []), ...own];
  const names = new Set(reachable(values).flatMap((v) => (v.origin.kind === 'param' ? [v.origin.name] : [])));
  return new Map([...all].filter(([name]) => names.has(name)));
}
