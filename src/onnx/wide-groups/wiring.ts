import { check } from '../../base/errors.ts';
import { isFloat32, type Tensor, toNumbers } from '../../base/tensor.ts';
import { dataTypeOf } from '../wire/data-type.ts';
import type { Graph, Node, TensorProto } from '../wire/messages.ts';
import { captured, domainOf } from '../wire/node.ts';
import { tensorFromProto } from '../wire/tensor.ts';
import { groupOf } from './has-groups.ts';

export const isStandard = (node: Node) => domainOf(node) === '';

/** Who makes and who takes each value. */
export class Wiring {
  readonly graph: Graph;
  readonly #tensors: ReadonlyMap<string, TensorProto>;
  readonly #makers: ReadonlyMap<string, Node>;
  readonly #takers = new Map<string, Node[]>();
  readonly #outside: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.graph = graph;
    this.#tensors = new Map(graph.initializer.map((t) => [t.name, t]));
    this.#makers = new Map(graph.node.flatMap((n) => n.output.map((name) => [name, n] as const)));
    for (const n of graph.node)
      for (const name of new Set(n.input)) {
        const takers = this.#takers.get(name);
        if (takers) takers.push(n);
        else this.#takers.set(name, [n]);
      }
    const named = [...graph.input, ...graph.output].map(({ name }) => name);
    this.#outside = new Set([...named, ...graph.node.flatMap((n) => [...captured(n)])]);
  }

  takers = (name: string): readonly Node[] => this.#takers.get(name) ?? [];
  maker = (name: string): Node | undefined => this.#makers.get(name);
  /** Whether the file gives it, takes it or hands it to a subgraph, so that its channels are not ours to add to. */
  isOutside = (name: string): boolean => this.#outside.has(name);

  /** A tensor of the file itself that no caller can replace. */
  tensor(name: string | undefined): TensorProto | undefined {
    const found = name === undefined || this.isOutside(name) ? undefined : this.#tensors.get(name);
    return (found?.dataLocation ?? 0) === 0 ? found : undefined;
  }

  floats(name: string): Floats {
    const t = tensorFromProto(this.tensor(name)!);
    check(isFloat32(t), () => `${name} is ${t.dtype}, not float32`);
    return t;
  }

  /** Dimensions of the weight of a convolution over two dimensions whose weight and bias are tensors of float32. */
  weightOf(node: Node): readonly number[] | undefined {
    if (node.opType !== 'Conv' || !isStandard(node)) return undefined;
    const own = node.input.slice(1).map((name) => (name === '' ? undefined : this.tensor(name)));
    if (node.input.slice(1).some((name, i) => name !== '' && own[i]?.dataType !== FLOAT)) return undefined;
    return own[0]?.dims.length === 4 ? own[0].dims : undefined;
  }

  /** Channels of a convolution that the runtime does not block for its narrow groups, and that can be joined. */
  narrow(node: Node, block: number): number | undefined {
    const [outputs, each] = this.weightOf(node) ?? [0, 0];
    const channels = each! * groupOf(node);
    const fits = groupOf(node) > 1 && each! > 1 && each! < block && block % each! === 0 && outputs === channels;
    return fits ? channels : undefined;
  }

  /** One by statistics that the file holds. */
  isNormalisation(node: Node): boolean {
    const own = node.input.slice(1).map((name) => this.tensor(name)?.dataType);
    return node.opType === 'BatchNormalization' && own.length === 4 && own.every((type) => type === FLOAT);
  }

  /** A mean over the places of a picture. */
  isSpatialMean(node: Node): boolean {
    if (node.opType !== 'ReduceMean') return false;
    const attribute = node.attribute.find((a) => a.name === 'axes');
    const given = this.tensor(node.input[1]);
    const axes = attribute?.type === 'ints' ? attribute.value.map(Number) : given && toNumbers(tensorFromProto(given));
    return (
      axes
        ?.map((a) => (a < 0 ? a + 4 : a))
        .sort()
        .join() === '2,3'
    );
  }
}
const FLOAT = dataTypeOf('float32');
export type Floats = Tensor<'float32'>;
