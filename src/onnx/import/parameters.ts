import { type DType, f32, type Tensor } from '../../base/tensor.ts';
import { reachable } from '../../graph/graph.ts';
import { applyLike } from '../../graph/op.ts';
import { rebuild } from '../../graph/rewrite.ts';
import { constantOf, type Init, type Node, param, type Role, type Value } from '../../graph/value.ts';
import { globOf, isParameterName, readableName } from './names.ts';
import { isUniform, type Slot, slotOf, slotsOf } from './slots.ts';

/** A constant that could become a parameter. */
export interface Candidate {
  /** The file's name for it, or one made of the place where it is read if that says nothing (`onnx::Conv_193`). */
  readonly name: string;
  /** The file's name for it. */
  readonly source: string;
  readonly shape: readonly number[];
  /** The operator that reads it (through layout changes and other constants), and as which input. */
  readonly op: string;
  readonly input: number;
  /** Whether the default choice takes it: it is used as weights are. */
  readonly learned: boolean;
  /** `statistic` for the running statistics of batch normalisation. */
  readonly role: Role;
}

/**
 * Which constants become parameters: `true` for those that are used as weights are, patterns of names (`*` for any characters),
 * or a function that says it for each, or in which role.
 */
export type Choice = true | readonly string[] | ((candidate: Candidate) => boolean | Role);

export interface Promoted {
  readonly values: ReadonlyMap<Value, Value>;
  readonly weights: Map<string, Tensor<'float32'>>;
  /** Names that the file has for parameters, where ours are others. */
  readonly sources: ReadonlyMap<string, string>;
  /** Named constants that stay constants. */
  readonly constants: readonly KeptConstant[];
}

/** A named tensor of the file that is still read as a constant. */
export interface KeptConstant {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The operator that reads it. */
  readonly op: string;
}

/** Constants of a file: their names there, and which of them stand between its nodes. */
export interface NamedConstants {
  readonly names: ReadonlyMap<Value, string>;
  readonly literals: ReadonlySet<Value>;
}

/** Turns the chosen constants into parameters. */
export function promote(roots: readonly Value[], { names, literals }: NamedConstants, choice: Choice): Promoted {
  const values = reachable(roots);
  const slots = slotsOf(values, (v) => !literals.has(v) && isParameterName(names.get(v) ?? ''));
  const wanted = chooser(choice);
  const roles = new Map<Value, Role>();
  for (const v of values) {
    const t = constantOf(v);
    const source = names.get(v);
    const slot = slots.get(v);
    if (t?.dtype !== 'float32' || source === undefined || !slot) continue;
    const { op } = slot.node;
    const role: Role = slot.statistic ? 'statistic' : 'trainable';
    const name = readableName(source, slot.node, slot.input);
    const learned = slot.learned && !literals.has(v);
    const answer = wanted({ name, source, shape: t.shape, op, input: slot.input, learned, role });
    if (answer) roles.set(v, answer === true ? role : answer);
  }
  addStatistics(values, names, roles);
  const constants = values.flatMap((v): KeptConstant[] => {
    const [t, name, slot] = [constantOf(v), names.get(v), slots.get(v)];
    if (!t || name === undefined || !slot || roles.has(v)) return [];
    return [{ name, dtype: t.dtype, shape: t.shape, op: slot.node.op }];
  });
  return { ...replaced(roots, names, roles, slots), constants };
}

function chooser(choice: Choice): (c: Candidate) => boolean | Role {
  if (choice === true) return (c) => c.learned;
  if (typeof choice === 'function') return choice;
  const patterns = choice.map(globOf);
  return (c) => patterns.some((p) => p(c.name) || p(c.source));
}

/** A batch normalisation that is trained keeps running statistics, whoever chose its scale. */
function addStatistics(values: readonly Value[], names: ReadonlyMap<Value, string>, roles: Map<Value, Role>): void {
  for (const { origin } of values) {
    if (origin.kind !== 'node' || origin.node.op !== 'BatchNormalization') continue;
    // Statistics of the batch take no running ones.
    if (origin.node.attrs.training_mode === 1) continue;
    const [, scale, , mean, variance] = origin.node.inputs;
    const trained = scale && roles.get(scale) === 'trainable';
    for (const v of [mean, variance]) {
      if (!v || constantOf(v)?.dtype !== 'float32') continue;
      if (trained && names.has(v)) roles.set(v, 'statistic');
    }
  }
}

function replaced(
  roots: readonly Value[],
  names: ReadonlyMap<Value, string>,
  roles: ReadonlyMap<Value, Role>,
  slots: ReadonlyMap<Value, Slot>,
): Omit<Promoted, 'constants'> {
  const weights = new Map<string, Tensor<'float32'>>();
  const sources = new Map<string, string>();
  const inputs = reachable(roots).flatMap((v) => (v.origin.kind === 'input' ? [v.origin.name] : []));
  const free = freeNames([...inputs, ...reserved]);
  const made = new Map<Value, Value>();
  const fresh = (v: Value, node: Node | undefined): Value => {
    const t = constantOf(v)!;
    const slot = node ? slotOf(node, v) : slots.get(v)!;
    const source = names.get(v)!;
    // One tensor that stands for several parameters has the name of one of them: the others are named after their places.
    const stranger = node !== undefined && node.scope !== '' && !source.startsWith(node.scope);
    const name = free(readableName(stranger ? '' : source, slot.node, slot.input));
    if (name !== source) sources.set(name, source);
    weights.set(name, f32(t.shape, (t.data as Float32Array).slice()));
    return param(name, t.shape, initOf(t, slot), roles.get(v)!);
  };
  const values = rebuild(roots, {
    leaf: (v) => {
      if (!roles.has(v) || isShared(v, slots)) return undefined;
      const p = fresh(v, undefined);
      made.set(v, p);
      return p;
    },
    // Exporters write equal tensors once, though they are parameters of their own: each use gets its own again.
    node: (node, inputs) => {
      if (!node.inputs.some((v) => v && roles.has(v) && isShared(v, slots))) return undefined;
      const own = inputs.map((v, i) =>
        v && v === node.inputs[i] && roles.has(v) && isShared(v, slots) ? fresh(v, node) : v,
      );
      return applyLike(node, own);
    },
  });
  return { values, weights, sources };
}

/** Names that training steps give to other things, and one that no JavaScript object can have as a key. */
const reserved = ['image', 'logits', 'targets', 'loss', '__proto__'];

/** One tensor in several places that need not be one parameter: all its elements are equal, or it is a statistic. */
function isShared(v: Value, slots: ReadonlyMap<Value, Slot>): boolean {
  const slot = slots.get(v);
  if (!slot || slot.uses < 2) return false;
  // A single number says nothing by all its elements being equal: an exponent is read once more to undo it.
  const data = constantOf(v)!.data as Float32Array;
  return slot.statistic || (data.length > 1 && isUniform(data));
}

/** Gives each name once: the second of the same gets .1, and so on. */
function freeNames(taken: readonly string[]): (name: string) => string {
  const used = new Set(taken);
  const next = new Map<string, number>();
  return (name) => {
    let free = name;
    let i = next.get(name) ?? 1;
    for (; used.has(free); i++) free = `${name}.${i}`;
    next.set(name, i);
    used.add(free);
    return free;
  };
}

/** A first value like the imported one, for those who train from scratch. */
function initOf(t: Tensor, slot: Slot): Init {
  if (t.shape.length < 2) return { kind: 'constant', value: slot.one ? 1 : 0 };
  // Plain loops: this looks at every weight of the model.
  const data = t.data as Float32Array;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  const mean = sum / data.length;
  for (let i = 0; i < data.length; i++) squares += (data[i]! - mean) ** 2;
  const variance = squares / data.length;
  return { kind: 'normal', std: Math.sqrt(variance) };
}
