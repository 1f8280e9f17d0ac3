import { f32, sizeOf } from '../../base/tensor.ts';
import type { Attribute, Graph, Model, Node, TensorProto } from '../wire/messages.ts';
import { tensorToProto } from '../wire/tensor.ts';
import { regionOf } from './region.ts';
import { type Floats, Wiring } from './wiring.ts';

/**
 * ONNX Runtime's blocked convolutions work on `block` channels at a time (16 with AVX-512, 8 with AVX2), and leave a convolution alone whose
 * groups are narrower: it becomes a small matrix product for each group, and its neighbours leave the blocked layout for it. Groups that divide a
 * block are joined here, with zeros between what was apart; where the channels do not fill whole blocks, channels of zeros are put at their
 * end, as the runtime does with those of other convolutions itself. What comes out is the same but for roundings: an added channel only ever
 * meets weights of zero.
 *
 * `undefined` where nothing is to be done. Only convolutions over two dimensions with constant float32 weights, as many outputs as inputs.
 */
export function wideGroups(model: Model, block: number): Model | undefined {
  const wiring = new Wiring(model.graph);
  const wider = new Map<Node, Wider>();
  const values = new Set<string>();
  for (const node of model.graph.node) {
    const channels = wiring.narrow(node, block);
    if (channels === undefined || wider.get(node)?.joined) continue;
    const more = (block - (channels % block)) % block;
    const region =
      more === 0 ? { joined: [node], making: [], taking: [], normed: [], values: [] } : regionOf(wiring, node, block);
    if (!region) continue;
    const add = (nodes: readonly Node[], what: Partial<Wider>) => {
      for (const n of nodes) wider.set(n, { ...asItIs, ...wider.get(n), ...what });
    };
    add(region.joined, { joined: true, outputs: more });
    add(region.making, { outputs: more });
    add(region.taking, { inputs: more });
    add(region.normed, { outputs: more });
    for (const name of region.values) values.add(name);
  }
  if (![...wider.values()].some((w) => w.joined)) return undefined;
  return { ...model, graph: widened(wiring, wider, values, block) };
}

/** What becomes of a convolution: outputs and inputs more, and whether its groups are joined; a normalisation gets channels like outputs. */
interface Wider {
  readonly joined: boolean;
  readonly outputs: number;
  readonly inputs: number;
}
const asItIs: Wider = { joined: false, outputs: 0, inputs: 0 };

/** The graph with wider convolutions; each gets tensors of its own. */
function widened(wiring: Wiring, wider: ReadonlyMap<Node, Wider>, values: ReadonlySet<string>, block: number): Graph {
  const made: TensorProto[] = [];
  const node = wiring.graph.node.map((n) => {
    const w = wider.get(n);
    if (!w) return n;
    const named = (name: string, t: Floats) => {
      const own = `${name} of ${n.output[0]}, wider`;
      made.push(tensorToProto(own, t));
      return own;
    };
    const [x, first, ...rest] = n.input;
    const weight = wiring.floats(first!);
    const wide = w.joined ? joinedWeight(weight, block, w.outputs) : grown(weight, [w.outputs, w.inputs]);
    const others = rest.map((name, i) => {
      const by = n.opType === 'BatchNormalization' && i === VARIANCE ? 1 : 0;
      return name && named(name, grown(wiring.floats(name), [w.outputs], by));
    });
    return {
      ...n,
      input: [x!, named(first!, wide), ...others],
      attribute: w.joined ? n.attribute.map((a) => inGroups(a, wide.shape[0]! / block)) : n.attribute,
    };
  });
  const used = new Set(node.flatMap((n) => n.input));
  const kept = wiring.graph.initializer.filter(({ name }) => used.has(name) || wiring.isOutside(name));
  const valueInfo = wiring.graph.valueInfo?.filter(({ name }) => !values.has(name));
  return { ...wiring.graph, node, initializer: [...kept, ...made], ...(valueInfo && { valueInfo }) };
}

const inGroups = (a: Attribute, groups: number): Attribute =>
  a.name === 'group' ? { name: a.name, type: 'int', value: BigInt(groups) } : a;

/** Of a normalisation's tensors after the first. */
const VARIANCE = 2;

/** The tensor with zeros, or another number, at the end of its first dimensions. */
function grown(t: Floats, more: readonly number[], by = 0): Floats {
  const out = f32(t.shape.map((d, i) => d + (more[i] ?? 0)));
  out.data.fill(by);
  const [row, wider] = [t, out].map(({ shape }) => sizeOf(shape.slice(1))) as [number, number];
  for (let o = 0; o < t.shape[0]!; o++) out.data.set(t.data.subarray(o * row, (o + 1) * row), o * wider);
  return out;
}

/** A weight [C, C/g, kh, kw] as one of [C + more, block, kh, kw] whose groups are as wide as a block. */
function joinedWeight(t: Floats, block: number, more: number): Floats {
  const [outputs, each, ...kernel] = t.shape as [number, number, ...number[]];
  const out = f32([outputs + more, block, ...kernel]);
  const [row, inner] = [each * sizeOf(kernel), sizeOf(kernel)];
  for (let o = 0; o < outputs; o++) {
    const first = Math.floor((o % block) / each) * each;
    out.data.set(t.data.subarray(o * row, (o + 1) * row), (o * block + first) * inner);
  }
  return out;
}
