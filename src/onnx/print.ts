import { YosegiError } from '../base/errors.ts';
import type { DType, Tensor } from '../base/tensor.ts';
import type { Dim } from '../graph/dim.ts';
import { type Graph, nameOf } from '../graph/graph.ts';
import { type Op, opOf } from '../graph/op.ts';
import { type AttrSpec, attributesOf } from '../graph/ops/signatures.ts';
import type { Attribute as AttributeIn, Node, Value } from '../graph/value.ts';
import { lower, OPSET, type Target } from './lower.ts';
import { nameFor } from './off-gpu.ts';
import { dataTypeOf } from './wire/data-type.ts';
import type { Attribute, Model, Node as NodeProto, TensorProto, ValueInfo } from './wire/messages.ts';
import { tensorToProto } from './wire/tensor.ts';
import { bytesOfText } from './wire/text.ts';
import { keepZeroPadding } from './zero-padding.ts';

export interface PrintOptions {
  readonly target?: Target;
  /** Parameters that become constants of the model; the others become graph inputs. */
  readonly constants?: ReadonlyMap<string, Tensor>;
  /** Free text pairs that travel in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The graph as an ONNX model. */
export function toOnnx(g: Graph, options: PrintOptions = {}): Model {
  const target = options.target ?? 'standard';
  const lowered = keepZeroPadding(lower(g, target));
  const constants = options.constants ?? new Map<string, Tensor>();
  const names = new Names(lowered);
  const stored = lowered.params.filter((p) => constants.has(nameOf(p)!));
  const fed = [...lowered.inputs, ...lowered.params.filter((p) => !constants.has(nameOf(p)!))];
  const initializer: TensorProto[] = [];
  for (const p of stored) {
    const name = nameOf(p)!;
    const t = constants.get(name)!;
    if (t.shape.join() !== p.type.shape.join()) {
      throw new YosegiError(`parameter '${name}' has shape [${p.type.shape}], the given tensor [${t.shape}]`);
    }
    initializer.push(tensorToProto(name, t));
  }
  for (const c of lowered.constants) {
    if (c.origin.kind === 'const') initializer.push(tensorToProto(names.of(c), c.origin.tensor));
  }
  const node = lowered.nodes.map((n) => printNode(n, names));
  // An output that is itself an input, a parameter, or an output of another name needs a node of its own.
  for (const [name, v] of lowered.outputs) {
    if (names.of(v) !== name)
      node.push({ opType: 'Identity', input: [names.of(v)], output: [name], attribute: [], name: `${name}/out` });
  }
  return {
    irVersion: 10,
    opsetImport: [
      { domain: '', version: OPSET },
      ...(target === 'ort' ? [{ domain: 'com.microsoft', version: 1 }] : []),
      ...(lowered.nodes.some((n) => opOf(n.op).domain === 'com.microsoft.nchwc')
        ? [{ domain: 'com.microsoft.nchwc', version: 1 }]
        : []),
    ],
    producerName: 'yosegi',
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: g.name,
      node,
      initializer,
      input: fed.map((v) => valueInfo(names.of(v), v)),
      // Its memory is planned by shapes: those that it cannot work out, with their symbols.
      ...(target === 'ort' && { valueInfo: openValues(lowered).map((v) => valueInfo(names.of(v), v)) }),
      output: [...lowered.outputs].map(([name, v]) => valueInfo(name, v)),
    },
  };
}

function printNode(n: Node, names: Names): NodeProto {
  const op: Op = opOf(n.op);
  const specs = attributesOf(n.op);
  const output = n.outputs.map((v) => (names.used(v) ? names.of(v) : ''));
  while (output.length > 1 && output.at(-1) === '') output.pop();
  const all = op.complete ? n.outputs.map((v) => names.of(v)) : output;
  return {
    opType: op.printed ?? n.op,
    input: n.inputs.map((v) => (v ? names.of(v) : '')),
    output: all,
    attribute: Object.entries(n.attrs).flatMap(([name, value]) => {
      const spec = specs[name]!;
      return spec.ours ? [] : [attribute(name, value, spec, n)];
    }),
    name: nameFor(n, names.of(n.outputs[0]!), (v) => names.used(v)),
    ...(op.domain && { domain: op.domain }),
  };
}

const text = (s: string) => bytesOfText(s);

function attribute(name: string, value: AttributeIn, spec: AttrSpec, n: Node): Attribute {
  switch (spec.type) {
    case 'int':
      return { name, type: 'int', value: BigInt(value as number) };
    case 'float':
      return { name, type: 'float', value: value as number };
    case 'string':
      return { name, type: 'string', value: text(value as string) };
    case 'dtype':
      return { name, type: 'int', value: BigInt(dataTypeOf(value as DType)) };
    case 'ints':
      return { name, type: 'ints', value: (value as readonly number[]).map(BigInt) };
    case 'floats':
      return { name, type: 'floats', value: value as readonly number[] };
    case 'tensor':
      return { name, type: 'tensor', value: tensorToProto('', value as Tensor) };
    default:
      throw new YosegiError(`attribute '${name}' of ${n.op}: ${spec.type} cannot be printed`);
  }
}

/** What a node gives whose shape has symbols, and is no output. */
function openValues(g: Graph): Value[] {
  const outputs = new Set(g.outputs.values());
  const used = new Set(g.nodes.flatMap((n) => n.inputs));
  const isOpen = (v: Value) => v.type.shape.some((d) => typeof d === 'string');
  return g.nodes.flatMap((n) => n.outputs.filter((v) => isOpen(v) && used.has(v) && !outputs.has(v)));
}

function valueInfo(name: string, v: Value): ValueInfo {
  const shape = v.type.shape.map((d: Dim) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { kind: 'tensor', elemType: dataTypeOf(v.type.dtype), shape } };
}

/** Names for values: their own for inputs, parameters and outputs; scope and operator for the rest. */
class Names {
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  readonly #used = new Set<Value>();
  /** Where counting goes on for each name: from the start each time, thousands of constants would take millions of tries. */
  readonly #counts = new Map<string, number>();

  constructor(g: Graph) {
    for (const v of [...g.inputs, ...g.params]) this.#give(v, nameOf(v)!);
    for (const [name, v] of g.outputs) {
      this.#taken.add(name);
      this.#used.add(v);
      if (v.origin.kind === 'node' && !this.#names.has(v)) this.#names.set(v, name);
    }
    for (const n of g.nodes) for (const v of n.inputs) if (v) this.#used.add(v);
  }

  used(v: Value): boolean {
    return this.#used.has(v);
  }

  of(v: Value): string {
    const known = this.#names.get(v);
    if (known) return known;
    const { origin } = v;
    const base =
      origin.kind === 'node' ? `${origin.node.scope ? `${origin.node.scope}/` : ''}${origin.node.op}` : 'const';
    let name = base;
    let i = this.#counts.get(base) ?? 1;
    for (; this.#taken.has(name); i++) name = `${base}_${i}`;
    this.#counts.set(base, i);
    return this.#give(v, name);
  }

  #give(v: Value, name: string): string {
    this.#names.set(v, name);
    this.#taken.add(name);
    return name;
  }
}
