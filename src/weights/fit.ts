import { check, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { exitsGraph, type Model } from '../models/model.ts';
import type { Network } from '../models/network.ts';
import { adaptChannels, reshaped } from './adapt.ts';
import { toFloat32 } from './convert.ts';
import { misfit } from './misfit.ts';
import { firstConvolutions, headNames, layerOf, withWhatFollows } from './parts.ts';
import { withoutPrefixes } from './prefix.ts';

export interface FitOptions {
  /**
   * The network's head. `auto` (the default): the stored one, but its layers that are not stored, or are for another number of
   * classes, start anew, with those that read them; `keep`: the stored one or an error; `replace`: all of it starts anew.
   */
  readonly head?: 'auto' | 'keep' | 'replace';
}

/** A tensor of another shape than the network's parameter. */
export interface Misshapen {
  readonly name: string;
  readonly stored: readonly number[];
  readonly wanted: readonly number[];
}

/** What became of a state dict. Names are the network's, after `prefixes` were taken off. */
export interface FitReport {
  readonly loaded: readonly string[];
  /** Parameters of the network that are not in the file: of the head only, everything else is an error. */
  readonly missing: readonly string[];
  /** Tensors of the model that are no part of the network, such as a classifier where the task's head reads feature maps. */
  readonly unused: readonly string[];
  /** Tensors that not even the model has a place for; whole-number buffers (counters, indices) are not listed. */
  readonly surplus: readonly string[];
  /** Tensors of the head that have another shape. */
  readonly misshapen: readonly Misshapen[];
  /** Grids and tables that were interpolated for this input size. */
  readonly resized: readonly string[];
  /** First convolutions that were made to fit another number of input channels. */
  readonly adapted: readonly string[];
  /** Parameters of the head that start anew, from the network's own first values. */
  readonly fresh: readonly string[];
  /** The same of the network's entrances. */
  readonly entrances: readonly string[];
  /** Wrappers' prefixes that were taken off the stored names, e.g. `module.`. */
  readonly prefixes: readonly string[];
}

export interface Fitted {
  /** Values by parameter name; what starts anew is not among them. */
  readonly weights: Map<string, Tensor<'float32'>>;
  readonly report: FitReport;
}

/**
 * Matches a state dict to a network by name and shape. Half precision and float64 become float32; position embeddings and bias
 * tables are resized for the model's input size by its family's own rules; a first convolution is adapted to the number of
 * input channels; what the head has and the file has not, or has for another number of classes, starts anew, and so do the network's
 * entrances.
 * @throws YosegiError that lists what is missing or misshapen, or names a tensor that is not finite
 */
export function fitWeights(network: Network, stored: ReadonlyMap<string, Tensor>, options: FitOptions = {}): Fitted {
  const { head = 'auto' } = options;
  const { model } = network;
  const wanted = new Map(
    graph(network.outputs).params.map((p) => [nameOf(p)!, p.type.shape as readonly number[]] as const),
  );
  const { tensors, prefixes } = withoutPrefixes(stored, new Set(wanted.keys()));
  const entrances = new Set(head === 'keep' ? [] : [...wanted.keys()].filter((name) => network.entrances?.(name)));
  const heads = new Set(
    [...headNames(network), ...(head === 'keep' ? [] : otherClasses(model, tensors, wanted))].filter(
      (name) => !entrances.has(name),
    ),
  );
  const first = firstConvolutions(network);
  const weights = new Map<string, Tensor<'float32'>>();
  const [missing, resized, adapted]: [string[], string[], string[]] = [[], [], []];
  const misshapen: Misshapen[] = [];
  for (const [name, shape] of wanted) {
    const given = tensors.get(name);
    if (!given) missing.push(name);
    else if (head === 'replace' && heads.has(name)) continue;
    else {
      check(isFloat(given), () => `the stored '${name}' holds ${given.dtype}: only floating-point weights can be used`);
      const float = toFloat32(given);
      const fitting = float.shape.join() === shape.join() ? float : reshaped(float, shape);
      const fixed = fitting ?? resizedFor(model, name, float, shape);
      const t = fixed ?? (first.has(name) && !entrances.has(name) ? adaptChannels(float, shape) : undefined);
      if (t === undefined) misshapen.push({ name, stored: given.shape, wanted: shape });
      else {
        if (!fixed) adapted.push(name);
        else if (!fitting) resized.push(name);
        weights.set(name, t);
      }
    }
  }
  const unfit = [...missing, ...misshapen.map((m) => m.name)];
  const unfitHead = unfit.filter((name) => !entrances.has(name));
  const fresh = new Set(
    { keep: [], auto: withWhatFollows(network, unfitHead), replace: [...heads] }[head].filter((name) =>
      heads.has(name),
    ),
  );
  const layers = new Set(unfit.map(layerOf));
  const entered = [...entrances].filter((name) => layers.has(layerOf(name)));
  for (const name of [...fresh, ...entered]) weights.delete(name);
  const left = [...tensors].flatMap(([name, t]) => (wanted.has(name) || isBuffer(name, t) ? [] : [name]));
  const own = new Set(exitsGraph(model).params.map((p) => nameOf(p)!));
  const surplus = left.filter((name) => !own.has(name));
  const wrong = (name: string) => !fresh.has(name) && !entrances.has(name);
  if (unfit.some(wrong)) {
    throw new YosegiError(
      misfit(model.name, {
        missing: missing.filter(wrong),
        misshapen: misshapen.filter((m) => wrong(m.name)),
        surplus,
        stranger: missing.length === wanted.size ? wanted.size : 0,
        headOnly: unfit.every((name) => heads.has(name)),
      }),
    );
  }
  for (const [name, t] of weights) {
    check(allFinite(t.data), () => `the stored '${name}' has values that are not finite: the file is damaged`);
  }
  const loaded = [...weights.keys()];
  const unused = left.filter((name) => own.has(name));
  return {
    weights,
    report: {
      ...{ loaded, missing, unused, surplus, misshapen, resized, adapted, prefixes },
      ...{ fresh: [...fresh], entrances: entered },
    },
  };
}

/**
 * Of a model with exits: parameters that fit but for the number of classes, which is another in the file. They belong to the
 * classifiers on the way, or read their logits.
 */
function otherClasses(
  { exits, classes }: Model,
  stored: ReadonlyMap<string, Tensor>,
  wanted: ReadonlyMap<string, readonly number[]>,
): string[] {
  if (!exits) return [];
  const found = new Map<string, number>();
  for (const [name, shape] of wanted) {
    const given = stored.get(name)?.shape;
    const differing = shape.flatMap((d, i) => (d === given?.[i] ? [] : [i]));
    if (given?.length === shape.length && differing.length === 1 && shape[differing[0]!] === classes)
      found.set(name, given[differing[0]!]!);
  }
  return new Set(found.values()).size === 1 ? [...found.keys()] : [];
}

const floats = new Set(['float32', 'float64', 'float16', 'bfloat16']);
const isFloat = (t: Tensor) => floats.has(t.dtype);
/** Counters and indices that PyTorch keeps beside the weights. */
const isBuffer = (name: string, t: Tensor) => !isFloat(t) || name.endsWith('num_batches_tracked');

function allFinite(data: Float32Array): boolean {
  // Zero times a number is zero, unless the number is infinite or none.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
}

/** By the rule that the family has for the last part of the name; undefined without one, or where it does not apply. */
function resizedFor(model: Model, name: string, stored: Tensor<'float32'>, shape: readonly number[]) {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const rule = Object.hasOwn(model.resize, last) ? model.resize[last] : undefined;
  return rule?.(stored, shape, model.size);
}
