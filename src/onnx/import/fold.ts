import { safeSize } from '../../base/bytes.ts';
import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { readAttributes } from '../../graph/attributes.ts';
import { type Dim, productOf, sameShape } from '../../graph/dim.ts';
import { applyNamed, type Op, opNamed, opOf } from '../../graph/op.ts';
import { fill } from '../../graph/ops/host.ts';
import { shapeValue } from '../../graph/shape-value.ts';
import { type Attributes, constant, constantOf, type Node, type Value } from '../../graph/value.ts';
import { isFloat } from './attributes.ts';

/** Folded results of up to this many elements may be larger than what they are made from. */
const SMALL = 1 << 16;
/** Vectors of up to this many whole numbers are followed as shapes. */
const VECTOR = 64;
/** A dimension whose text is longer stands for nothing that anybody can use. */
const LONGEST_DIM = 512;

/** Only the layout changes, every element stays: a weight that passes through is still that weight. */
const keepsElements = (op: string) => {
  const { view } = opOf(opNamed(op));
  return view === 'whole' || view === 'reordered' || op === 'Cast';
};

/**
 * Applies operators and computes what is already known: constants and shapes. Weights that may be trained (`learned`) are
 * computed with only where their elements stay what they are.
 */
export class Folder {
  /** Names of constants: those the file gives them, kept through layout changes. */
  readonly names = new Map<Value, string>();
  readonly learned = new Set<Value>();
  /** Constants that stand between the nodes of a file that keeps its weights apart from them: no exporter puts a parameter there. */
  readonly literals = new Set<Value>();
  /** Values that no image reaches: constants, and what is computed from them. */
  readonly #still = new Set<Value>();
  readonly #computed = new Map<Value, Tensor | undefined>();
  /** Elements that may still be computed: bounds the work that a small hostile file can ask for. */
  #budget = 1 << 22;

  /** Accounts for a tensor of the file. */
  grant(elements: number): void {
    this.#budget += 8 * elements;
  }

  apply(op: string, inputs: readonly (Value | undefined)[], attrs: Attributes = {}): readonly Value[] {
    const passed = unchanged(op, inputs, attrs);
    if (passed) return [passed];
    const made = applyNamed(op, inputs, attrs);
    for (const y of made) checkShape(y.type.shape);
    const learned = inputs.some((v) => v && this.learned.has(v));
    const kept = learned && !(keepsElements(op) && isFloat(made[0]!.type.dtype));
    const known = (kept ? undefined : this.#evaluated(op, inputs, attrs, made)) ?? made;
    // Known through the shapes of values that are not constant themselves.
    const values = known.map((y) => numbersKnown(y) ?? y);
    if (inputs[0]) this.#inherit(op, inputs[0], values);
    if (inputs.every((v) => !v || this.isStill(v))) for (const y of values) this.#still.add(y);
    return values;
  }

  isStill(v: Value): boolean {
    return constantOf(v) !== undefined || this.#still.has(v);
  }

  /**
   * The tensor of a value that no image reaches, computed where that was put off: weights stay what they are until somebody must
   * know a number.
   */
  known(v: Value): Tensor | undefined {
    const t = constantOf(v);
    if (t || v.origin.kind !== 'node' || !this.isStill(v)) return t;
    if (!this.#computed.has(v)) this.#computed.set(v, this.#compute(v.origin.node, v.origin.index));
    return this.#computed.get(v);
  }

  #compute(node: Node, index: number): Tensor | undefined {
    const inputs = node.inputs.map((i) => i && this.known(i));
    if (inputs.some((i, at) => !i && node.inputs[at])) return undefined;
    const given = inputs.map((i) => i && constant(i));
    return constantOf(this.#evaluated(node.op, given, node.attrs, node.outputs)?.[index]);
  }

  /** A copy of a constant under another name: exporters write one tensor for parameters that happen to be equal. */
  renamed(value: Value, name: string): Value {
    const t = constantOf(value);
    if (!t || !this.names.has(value)) return value;
    const copy = constant(t);
    this.names.set(copy, name);
    for (const set of [this.learned, this.literals]) if (set.has(value)) set.add(copy);
    return copy;
  }

  #inherit(op: string, from: Value, values: readonly Value[]): void {
    const [y] = values;
    if (!keepsElements(op) || !y || !constantOf(y) || y === from) return;
    const name = this.names.get(from);
    if (name !== undefined) this.names.set(y, name);
    for (const set of [this.learned, this.literals]) if (set.has(from)) set.add(y);
  }

  #evaluated(
    op: string,
    inputs: readonly (Value | undefined)[],
    attrs: Attributes,
    made: readonly Value[],
  ): Value[] | undefined {
    const record: Op = opOf(opNamed(op));
    if (!record.evaluate || !inputs.every((v) => !v || constantOf(v))) return undefined;
    const read = inputs.reduce((n, v) => n + (constantOf(v)?.data.length ?? 0), 0);
    const written = made.reduce((n, y) => n + (elementsOf(y.type.shape) ?? read), 0);
    if (written > Math.max(SMALL, 2 * read) || written + read > this.#budget) return undefined;
    this.#budget -= written + read;
    const tensors = record.evaluate(
      inputs.map((v) => constantOf(v)),
      readAttributes(record.name, attrs),
    );
    return tensors.length === 0 ? undefined : tensors.map(constant);
  }
}

function elementsOf(shape: readonly Dim[]): number | undefined {
  const size = productOf(shape);
  return typeof size === 'number' ? size : undefined;
}

/** ONNX Runtime takes no more either. */
const MAX_RANK = 64;

export function checkShape(shape: readonly Dim[]): void {
  check(shape.length <= MAX_RANK, () => `a tensor of ${shape.length} dimensions; the most is ${MAX_RANK}`);
  const numbers = shape.filter((d) => typeof d === 'number');
  check(safeSize(numbers) !== undefined, () => `the result would have the shape [${shape}], which no tensor has`);
  check(
    shape.every((d) => typeof d === 'number' || d.length <= LONGEST_DIM),
    'a dimension of the result is too long an expression of symbols',
  );
}

/** The input that comes out as it is, if it does. */
function unchanged(op: string, inputs: readonly (Value | undefined)[], attrs: Attributes): Value | undefined {
  const [x] = inputs;
  if (!x) return undefined;
  if (op === 'Identity') return x;
  if (op === 'Cast' && attrs.to === x.type.dtype) return x;
  if (op === 'Reshape' || op === 'Expand') {
    const target = shapeValue(inputs[1]);
    if (target?.every((d) => d !== 0 && d !== -1) && sameShape(target, x.type.shape)) return x;
  }
  return undefined;
}

/** A whole-number vector as a constant, where shapes say what its elements are. */
function numbersKnown(y: Value): Value | undefined {
  const { dtype, shape } = y.type;
  const size = shape.length === 0 ? 1 : shape[0];
  if (y.origin.kind !== 'node' || isFloat(dtype) || shape.length > 1 || typeof size !== 'number' || size > VECTOR) {
    return undefined;
  }
  // Asked for even where nothing comes of it: what is known of each value is remembered, so later questions end here.
  const dims = shapeValue(y);
  if (!dims?.every((d) => Number.isSafeInteger(d)) || dims.length !== size) return undefined;
  const numbers = dims as number[];
  return constant(fill(dtype, shape.length === 0 ? [] : [size], (i) => numbers[i]!));
}
