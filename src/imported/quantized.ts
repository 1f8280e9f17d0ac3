import { f32, type Tensor, toNumbers } from '../base/tensor.ts';
import type { Model, Node, TensorProto } from '../onnx/wire/messages.ts';
import { captured, intOf } from '../onnx/wire/node.ts';
import { tensorFromProto, tensorToProto } from '../onnx/wire/tensor.ts';

/**
 * A file with weights of eight bits as one of floats: weights are multiplied by their scales, activations are no longer rounded.
 * Quantisers take a ReLU away where eight bits without a sign cut off at zero all the same: it is put back. Known are both forms of
 * ONNX Runtime's static quantisation: QuantizeLinear and DequantizeLinear around ordinary operators, and operators on bytes.
 */
export function withoutQuantization(file: Model): { readonly file: Model; readonly quantized: boolean } {
  const { graph } = file;
  if (!graph.node.some(isQuantized)) return { file, quantized: false };
  const tensors = new FloatTensors(file);
  const floats = graph.node.flatMap((n) => (isQuantized(n) ? inFloats(n, tensors) : [n]));
  const node = floats.map((n) => ({ ...n, input: n.input.map((name) => tensors.aliases.get(name) ?? name) }));
  const read = new Set(node.flatMap((n) => [...n.input, ...captured(n)]));
  const initializer = [...graph.initializer.filter((t) => read.has(t.name)), ...tensors.made];
  return { file: { ...file, graph: { ...graph, node, initializer, valueInfo: [] } }, quantized: true };
}

/** Where an operator on bytes has its operands (each with scale and zero point behind it) and the scale of its result. */
interface Form {
  readonly op: string;
  readonly operands: readonly number[];
  /** Of 32 bits, in units of the first two operands' scales. */
  readonly bias?: number;
  readonly result: number;
}

const forms: Readonly<Record<string, Form>> = {
  QuantizeLinear: { op: 'Identity', operands: [], result: 1 },
  DequantizeLinear: { op: 'Identity', operands: [0], result: 1 },
  QLinearConv: { op: 'Conv', operands: [0, 3], bias: 8, result: 6 },
  QLinearMatMul: { op: 'MatMul', operands: [0, 3], result: 6 },
  QGemm: { op: 'Gemm', operands: [0, 3], bias: 6, result: 7 },
  QLinearAdd: { op: 'Add', operands: [0, 3], result: 6 },
  QLinearMul: { op: 'Mul', operands: [0, 3], result: 6 },
  QLinearAveragePool: { op: 'AveragePool', operands: [0], result: 3 },
  QLinearGlobalAveragePool: { op: 'GlobalAveragePool', operands: [0], result: 3 },
  QLinearLeakyRelu: { op: 'LeakyRelu', operands: [0], result: 3 },
  QLinearSigmoid: { op: 'Sigmoid', operands: [0], result: 3 },
  QLinearSoftmax: { op: 'Softmax', operands: [0], result: 3 },
};
const domains = new Set(['', 'ai.onnx', 'com.microsoft']);
/** Attributes that only the operators on bytes have. */
const own = new Set(['channels_last', 'opset', 'saturate', 'output_dtype', 'precision', 'block_size']);

const isQuantized = (n: Node) => n.opType in forms && domains.has(n.domain ?? '');

/** The node on floats, and what its rounding did beside rounding. */
function inFloats(n: Node, tensors: FloatTensors): Node[] {
  const { op, operands, bias, result } = forms[n.opType]!;
  const axis = n.opType === 'DequantizeLinear' ? intOf(n, 'axis', 1) : n.opType === 'QLinearConv' ? 0 : 1;
  const input = operands.map((i) =>
    tensors.float(n.input[i]!, n.input[i + 1]!, n.input[i + 2], axis, op === 'Identity' ? n.output[0] : undefined),
  );
  if (op === 'Identity' && operands.length === 0) input.push(n.input[0]!);
  if (bias !== undefined && n.input[bias]) input.push(tensors.bias(n.input[bias], n.input[1]!, n.input[4]!));
  // Named as before quantising, not after the node that undoes it.
  if (n.opType === 'DequantizeLinear' && input[0] !== n.input[0]) {
    tensors.aliases.set(n.output[0]!, input[0]!);
    return [];
  }
  const attribute = op === 'Identity' ? [] : n.attribute.filter((a) => !own.has(a.name));
  const plain: Node = { opType: op, input, output: n.output, attribute, name: n.name, metadataProps: n.metadataProps };
  // A tensor of the file was rounded before.
  const cut = input[0] === n.input[0] ? tensors.cutOff(n.input[result], n.input[result + 1]) : undefined;
  if (!cut) return [plain];
  const before = `${n.output[0]}_uncut`;
  const end: Node = {
    opType: cut.op,
    input: [before, ...cut.bounds],
    output: n.output,
    attribute: [],
    name: `${n.name}_cut`,
  };
  return [{ ...plain, output: [before] }, end];
}

/** Numbers that whole numbers of a type may have, the lowest first. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** The tensors of a quantised file, and those that are made of them. */
class FloatTensors {
  readonly made: TensorProto[] = [];
  /** Names of what nodes made of bytes, and the tensors of floats in their places. */
  readonly aliases = new Map<string, string>();
  readonly #stored: Map<string, TensorProto>;
  readonly #taken: ReadonlySet<string>;
  /** Names of tensors of floats, by what they are made of. */
  readonly #names = new Map<string, string>();

  constructor({ graph }: Model) {
    this.#stored = new Map(graph.initializer.map((t) => [t.name, t]));
    this.#taken = new Set([...this.#stored.keys(), ...graph.node.flatMap((n) => n.output)]);
    for (const n of graph.node) {
      const value = n.opType === 'Constant' && n.attribute.find((a) => a.name === 'value');
      if (value && value.type === 'tensor') this.#stored.set(n.output[0]!, { ...value.value, name: n.output[0]! });
    }
  }

  #get(name: string | undefined): Tensor | undefined {
    const proto = name ? this.#stored.get(name) : undefined;
    return proto && tensorFromProto(proto);
  }

  /** The name of a tensor's floats, (x − zero point) · scale; what is no tensor of the file keeps its name. */
  float(name: string, scale: string, zero: string | undefined, axis: number, wanted?: string): string {
    const [x, scales] = [this.#get(name), this.#get(scale)];
    if (!x || !scales) return name;
    const make = () => dequantized(x, toNumbers(scales), this.#get(zero), axis);
    return this.#once(`${name} ${scale}`, name, make, wanted);
  }

  bias(name: string, scaleOfData: string, scaleOfWeight: string): string {
    const [x, s, t] = [name, scaleOfData, scaleOfWeight].map((n) => this.#get(n));
    if (!x || !s || !t) return name;
    const [data] = toNumbers(s);
    const scales = toNumbers(t).map((v) => v * data!);
    return this.#once(`${name} ${scaleOfData} ${scaleOfWeight}`, name, () => dequantized(x, scales, undefined, 0));
  }

  #once(key: string, name: string, make: () => Tensor, wanted?: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    // The name from before quantising, where the quantiser's is made of it.
    const plain = name.replace(/_quantized$/, '');
    const free = plain === wanted || !this.#taken.has(plain) ? plain : `${name}_${this.#names.size}`;
    this.#put(free, make());
    this.#names.set(key, free);
    return free;
  }

  #put(name: string, t: Tensor): void {
    const proto = tensorToProto(name, t);
    this.#stored.set(name, proto);
    this.made.push(proto);
  }

  /** What rounding to few bits does beside rounding: a ReLU where nothing below zero can be said, a ReLU6 where nothing above 6 can. */
  cutOff(scale: string | undefined, zero: string | undefined): { op: string; bounds: readonly string[] } | undefined {
    const [step, point] = [this.#get(scale), this.#get(zero)];
    const range = ranges[point?.dtype ?? 'uint8'];
    if (step?.data.length !== 1 || !range || (point ? toNumbers(point)[0] : 0) !== range[0]) return undefined;
    const highest = (range[1] - range[0]) * toNumbers(step)[0]!;
    if (Math.abs(highest - 6) > 0.06) return { op: 'Relu', bounds: [] };
    const bounds = [0, 6].map((v) => this.#once(`bound ${v}`, `relu6_bound_${v}`, () => f32([], [v])));
    return { op: 'Clip', bounds };
  }
}

/** (x − zero point) · scale, for the whole tensor or along an axis. */
function dequantized(x: Tensor, scales: readonly number[], zero: Tensor | undefined, axis: number): Tensor<'float32'> {
  const zeros = zero ? toNumbers(zero) : [0];
  const at = axis < 0 ? axis + x.shape.length : axis;
  const after = x.shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const part = (list: readonly number[], i: number) =>
    list[list.length === 1 ? 0 : Math.floor(i / after) % list.length]!;
  return f32(
    x.shape,
    toNumbers(x).map((v, i) => (v - part(zeros, i)) * part(scales, i)),
  );
}
