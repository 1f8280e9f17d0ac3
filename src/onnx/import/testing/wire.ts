import type { DType, Tensor } from '../../../base/tensor.ts';
import { dataTypeOf } from '../../wire/data-type.ts';
import type { Attribute, FunctionProto, Graph, Model, Node, ValueInfo } from '../../wire/messages.ts';
import { tensorToProto } from '../../wire/tensor.ts';
import { bytesOfText } from '../../wire/text.ts';

/** Small ONNX models for tests, as other tools would write them. */

type Given = Attribute extends infer A ? (A extends { readonly name: string } ? Omit<A, 'name'> : never) : never;
export type Attributes = Readonly<Record<string, Given>>;

export const int = (value: number | bigint): Given => ({ type: 'int', value: BigInt(value) });
export const float = (value: number): Given => ({ type: 'float', value });
export const ints = (...values: (number | bigint)[]): Given => ({ type: 'ints', value: values.map(BigInt) });
export const floats = (...value: number[]): Given => ({ type: 'floats', value });
export const text = (value: string): Given => ({ type: 'string', value: bytesOfText(value) });
export const tensorOf = (value: Tensor): Given => ({ type: 'tensor', value: tensorToProto('', value) });
export const graphOf = (value: Graph): Given => ({ type: 'graph', value });
export const ref = (refAttrName: string, of: 'int' | 'float' | 'ints' = 'float'): Given => ({
  type: 'reference',
  of,
  refAttrName,
});

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Attributes = {},
  rest: Partial<Node> = {},
): Node {
  const attribute = Object.entries(attributes).map(([name, value]): Attribute => ({ name, ...value }) as Attribute);
  return { opType, input, output, attribute, name: `${opType}_${output[0]}`, ...rest };
}

export interface Spec {
  readonly opset?: number;
  /** Further operator sets. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly inputs: Readonly<
    Record<string, readonly (number | string)[] | { dtype: DType; shape: readonly (number | string)[] }>
  >;
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly Node[];
  /** Names, with their types where they are not float. */
  readonly outputs: readonly (string | readonly [string, DType])[];
  readonly functions?: readonly FunctionProto[];
}

export function valueInfo(name: string, dtype: DType, shape?: readonly (number | string)[]): ValueInfo {
  const dims = shape?.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { kind: 'tensor', elemType: dataTypeOf(dtype), shape: dims } };
}

export function modelOf(spec: Spec): Model {
  return {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: spec.opset ?? 17 },
      ...Object.entries(spec.domains ?? {}).map(([domain, version]) => ({ domain, version })),
    ],
    producerName: 'test',
    graph: {
      name: 'test',
      node: spec.nodes,
      initializer: Object.entries(spec.initializers ?? {}).map(([name, t]) => tensorToProto(name, t)),
      input: Object.entries(spec.inputs).map(([name, given]) =>
        'dtype' in given ? valueInfo(name, given.dtype, given.shape) : valueInfo(name, 'float32', given),
      ),
      output: spec.outputs.map((o) => (typeof o === 'string' ? valueInfo(o, 'float32') : valueInfo(...o))),
    },
    functions: spec.functions,
  };
}

export function functionOf(name: string, domain: string, rest: Partial<FunctionProto>): FunctionProto {
  return { name, domain, input: [], output: [], attribute: [], attributeProto: [], node: [], opsetImport: [], ...rest };
}
