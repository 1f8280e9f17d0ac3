import { check, messageOf, oneOf, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import type { Dim } from '../graph/dim.ts';
import { type Graph, graph, reachable } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { widenedType } from './import/attributes.ts';
import { mixedBatch } from './import/batch.ts';
import { Environment } from './import/environment.ts';
import { modelError, OnnxImportError } from './import/errors.ts';
import { checkShape } from './import/fold.ts';
import { type Choice, type KeptConstant, type Promoted, promote } from './import/parameters.ts';
import { recognise } from './import/recognise.ts';
import { Symbols, symbolName } from './import/symbols.ts';
import { opsetsOf, Translator } from './import/translate.ts';
import { dataTypeName, dtypeOf } from './wire/data-type.ts';
import type { ReadExternal } from './wire/external.ts';
import { internalize } from './wire/externalize.ts';
import type { Dimension, Model, TensorProto, ValueInfo } from './wire/messages.ts';

export { OnnxImportError } from './import/errors.ts';
export type { Candidate } from './import/parameters.ts';

export interface ImportOptions {
  /** Constants that become parameters; none when left out. See {@link Choice}. */
  readonly parameters?: Choice;
  /**
   * Shapes of inputs, in the place of the file's, or values that take an input's place. A symbol where the file has 1 as the first
   * dimension makes a batch of a model that was exported for one image; what cannot be made so is an error.
   */
  readonly inputs?: Readonly<Record<string, readonly Dim[] | Value>>;
  /** Puts single operators in the place of functions that exporters wrote out (GELU, layer normalisation, …). Default true. */
  readonly recognise?: boolean;
  /** Fetches tensors that lie in other files (see wire/external). */
  readonly readExternal?: ReadExternal;
  /** Nodes that are taken, functions put in. Default 200,000. */
  readonly maxNodes?: number;
}

export interface Imported {
  readonly graph: Graph;
  /** Values of the parameters, by name. */
  readonly weights: Map<string, Tensor<'float32'>>;
  /** The file's names of parameters, where ours are others. */
  readonly sources: ReadonlyMap<string, string>;
  /** Named tensors of the file that are still constants; none are listed where `options.parameters` is left out. */
  readonly constants: readonly KeptConstant[];
  /** Values of the graph by their names in the file: inputs and what nodes made. */
  readonly named: ReadonlyMap<string, Value>;
  /** Version of the standard operators that the file speaks. */
  readonly opset: number;
  /** The program that wrote the file. */
  readonly producer: string;
}

/** Standard operator sets that are read: from the first with NumPy's broadcasting to the newest that ONNX Runtime 1.30 takes. */
export const OPSETS = [7, 26] as const;

/**
 * The graph of an ONNX model: what other tools exported, and what `toOnnx` wrote. Weights become constants, or parameters
 * where `options.parameters` chooses them. Half floats become float32, shapes that the file computes become constants where
 * they are known, symbolic dimensions stay symbols. Throws an {@link OnnxImportError} that lists every node that cannot be
 * taken, with the reason.
 */
export function fromOnnx(model: Model, options: ImportOptions = {}): Imported {
  try {
    return imported(options.readExternal ? internalize(model, options.readExternal) : model, options);
  } catch (error) {
    if (error instanceof YosegiError) throw error;
    throw modelError(`it is malformed: ${messageOf(error)}`, error);
  }
}

function imported(model: Model, options: ImportOptions): Imported {
  const opsets = opsetsOf(model.opsetImport);
  const opset = opsets.get('') ?? 0;
  const spoken = opset >= OPSETS[0] && opset <= OPSETS[1];
  if (!spoken) throw modelError(`it speaks opset ${opset || 'none'}; opsets ${OPSETS[0]} to ${OPSETS[1]} are read`);
  const symbols = new Symbols(batchOf(model, options));
  const translator = new Translator({
    functions: model.functions ?? [],
    symbols,
    training: options.parameters !== undefined,
    inlineWeights: keepsWeightsInline(model),
    maxNodes: options.maxNodes ?? 200_000,
  });
  const env = new Environment();
  translator.initializers(model.graph.initializer, env);
  declareInputs(model, options, env, symbols);
  translator.graph(model.graph.node, env, opsets);
  if (translator.problems.length > 0) throw new OnnxImportError(translator.problems, { hint: hintFor(env) });
  const outputs = outputsOf(model, env);
  const mixed = mixedBatch([...outputs.values()], symbols);
  if (mixed) throw modelError(`it is made for one image: ${mixed}`);
  const named = new Map([...env.values()].filter(([, v]) => v.origin.kind !== 'const'));
  const finished = finish(outputs, named, translator, model.graph.name, options);
  return { ...finished, opset, producer: [model.producerName, model.producerVersion].filter(Boolean).join(' ') };
}

/** Exporters keep weights in one way: as initialisers, or some of them as constants between the nodes. */
function keepsWeightsInline({ graph: { initializer, node } }: Model): boolean {
  const elements = (tensors: readonly TensorProto[]) =>
    tensors.filter((t) => t.dims.length > 1).reduce((sum, t) => sum + t.dims.reduce((n, d) => n * d, 1), 0);
  const between = node.flatMap((n) => n.attribute.flatMap((a) => (a.type === 'tensor' ? [a.value] : [])));
  return elements(between) > elements(initializer);
}

/** The symbol that takes the place of a batch of one. */
function batchOf(model: Model, options: ImportOptions): string | undefined {
  for (const info of inputsOf(model)) {
    const wanted = shapeIn(options.inputs?.[info.name])?.[0];
    const shape = info.type?.kind === 'tensor' ? info.type.shape : undefined;
    if (typeof wanted === 'string' && shape?.[0]?.dimValue === 1) return wanted;
  }
  return undefined;
}

const isValue = (given: readonly Dim[] | Value | undefined): given is Value => given !== undefined && 'origin' in given;
const shapeIn = (given: readonly Dim[] | Value | undefined) => (isValue(given) ? given.type.shape : given);

/** The graph's inputs; older files list their initialisers there as well. */
export function inputsOf(model: Model): readonly ValueInfo[] {
  const stored = new Set(model.graph.initializer.map((t) => t.name));
  return model.graph.input.filter((i) => !stored.has(i.name));
}

function declareInputs(model: Model, options: ImportOptions, env: Environment, symbols: Symbols): void {
  const infos = inputsOf(model);
  const known = infos.map((i) => i.name);
  for (const name of Object.keys(options.inputs ?? {})) oneOf('input of the model', name, known);
  for (const info of infos) {
    const reason = (text: string) => env.set(info.name, { kind: 'missing', reason: `an input ${text}` });
    const { type } = info;
    if (type?.kind !== 'tensor') {
      reason('that is no tensor');
      continue;
    }
    const dtype = dtypeOf(type.elemType);
    const given = options.inputs?.[info.name];
    const shape = shapeIn(given) ?? type.shape?.map((d, i) => dimOf(d, info.name, i));
    if (!dtype) reason(`of ${dataTypeName(type.elemType)} values, which are not supported`);
    else if (!shape) reason('without a shape; give it in options.inputs');
    else {
      const rank = type.shape?.length ?? shape.length;
      check(
        shape.length === rank,
        () => `input '${info.name}' has ${rank} dimensions; options.inputs gives [${shape}]`,
      );
      checkShape(shape);
      const value = isValue(given) ? given : input(info.name, widenedType(dtype), shape);
      const fits = value.type.dtype === widenedType(dtype);
      check(fits, () => `input '${info.name}' takes ${dtype}; options.inputs gives ${value.type.dtype}`);
      symbols.add(value);
      env.set(info.name, { kind: 'value', value });
    }
  }
}

/** Sizes of zero or less are how some exporters say that they do not know. */
function dimOf(d: Dimension, name: string, axis: number): Dim {
  if (d.dimValue !== undefined && d.dimValue > 0) return d.dimValue;
  return symbolName(d.dimParam || `${name}_${axis}`);
}

/** Most of what cannot be taken of an open image size can be taken of a fixed one. */
function hintFor(env: Environment): string | undefined {
  const open = [...env.values()].find(
    ([, v]) => v.origin.kind === 'input' && v.type.shape.slice(1).some((d) => typeof d === 'string'),
  );
  return (
    open &&
    `The input '${open[0]}' has the shape [${open[1].type.shape}]: with numbers for its size (options.inputs), more can be taken.`
  );
}

function outputsOf(model: Model, env: Environment): Map<string, Value> {
  const outputs = new Map<string, Value>();
  for (const { name } of model.graph.output) {
    const known = env.has(name) ? env.get(name) : undefined;
    if (!known) throw modelError(`nothing makes its output '${name}'`);
    outputs.set(name, known);
  }
  if (outputs.size === 0) throw modelError('it has no outputs');
  return outputs;
}

/** Recognises, makes parameters, cleans up; names keep pointing at what became of their values, where that is still used. */
function finish(
  outputs: ReadonlyMap<string, Value>,
  named: ReadonlyMap<string, Value>,
  translator: Translator,
  name: string,
  options: ImportOptions,
): Pick<Imported, 'graph' | 'weights' | 'sources' | 'constants' | 'named'> {
  let [outs, names] = [outputs, named];
  const replace = (to: ReadonlyMap<Value, Value>) => {
    outs = mapped(outs, to);
    names = mapped(names, to);
  };
  if (options.recognise !== false) replace(recognise([...outs.values(), ...names.values()]));
  const alive = new Set(reachable([...outs.values()]));
  names = new Map([...names].filter(([, v]) => alive.has(v)));
  let promoted: Omit<Promoted, 'values'> = { weights: new Map(), sources: new Map(), constants: [] };
  if (options.parameters !== undefined) {
    const { values, ...rest } = promote([...outs.values()], translator.folder, options.parameters);
    replace(values);
    promoted = rest;
  }
  // One graph for all, so that names follow what is merged.
  const keyed = (prefix: string, values: ReadonlyMap<string, Value>) =>
    [...values].map(([name, v]): [string, Value] => [`${prefix}:${name}`, v]);
  const clean = cleanUp(graph(new Map([...keyed('o', outs), ...keyed('v', names)]))).outputs;
  const part = (prefix: string, keys: Iterable<string>) =>
    new Map([...keys].map((k) => [k, clean.get(`${prefix}:${k}`)!]));
  return { graph: graph(part('o', outs.keys()), name), ...promoted, named: part('v', names.keys()) };
}

const mapped = (values: ReadonlyMap<string, Value>, to: ReadonlyMap<Value, Value>): Map<string, Value> =>
  new Map([...values].map(([name, v]) => [name, to.get(v) ?? v]));
