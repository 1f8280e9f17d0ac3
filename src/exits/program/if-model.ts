import { f32, i64, type Tensor } from '../../base/tensor.ts';
import { and, greaterOrEqual, less, mul, reduceMax, reduceSum, softmax, sub } from '../../graph/build.ts';
import { graph, outputOf } from '../../graph/graph.ts';
import { param, type Value } from '../../graph/value.ts';
import { toOnnx } from '../../onnx/print.ts';
import { dataTypeOf } from '../../onnx/wire/data-type.ts';
import type { Attribute, Graph, Model, Node, TensorProto, ValueInfo } from '../../onnx/wire/messages.ts';
import { tensorToProto } from '../../onnx/wire/tensor.ts';
import { checkPolicy, type Policy } from '../policy/policy.ts';
import type { CutModel, Segment } from './cut.ts';

/** Names of the file's outputs: logits [1, classes], index of the exit [1] (int64), and how sure it was [1]. */
const ifOutputs = ['logits', 'exit', 'confidence'] as const;

/**
 * A model with its policy as one .onnx file in standard operators, for one image at a time: after each exit an `If` whose one
 * branch returns the answer and whose other branch computes on, to the next `If`. Thresholds and rules are initialisers named
 * `policy.…`, so they can be changed in the file.
 */
export function ifModel(cut: CutModel, policy: Policy, metadata: Readonly<Record<string, string>> = {}): Model {
  const { segments, classes, image, imageType } = cut;
  checkPolicy(policy, segments.length, classes);
  const rules = ruleValues(policy, classes);
  const constants = new Map([...cut.constants, ...rules.constants]);
  const shared = new Set([image, ...segments.flatMap((s) => s.keeps), ...constants.keys()]);
  const printed = segments.map((segment, k) => {
    const model = toOnnx(withDecision(segment, policy, rules, k), { constants, target: 'standard' });
    return { model, own: prefixed(model.graph, `${segment.exit}/`, shared) };
  });
  // What several parts read is stored where the first of them is: the parts inside it see it.
  const stored = new Set<string>();
  const initializers = printed.map(({ own }) =>
    own.initializer.filter(({ name }) => !stored.has(name) && stored.add(name)),
  );
  const part = (k: number, outputs: readonly string[]): Graph => {
    const { own } = printed[k]!;
    const { exit } = segments[k]!;
    const answer = answerNodes(exit, k, outputs);
    const name = `${cut.name}/${exit}`;
    const output = outputInfo(outputs, classes);
    const at = (what: string) => outputs.map((o) => `${exit}/${what}/${o}`);
    const node =
      k === segments.length - 1
        ? [...own.node, ...answer]
        : [
            ...own.node,
            ifNode(exit, outputs, [
              {
                name: `${name}/leave`,
                node: answerNodes(exit, k, at('leave')),
                initializer: [],
                input: [],
                output: outputInfo(at('leave'), classes),
              },
              part(k + 1, at('stay')),
            ]),
          ];
    return { name, node, initializer: initializers[k]!, input: [], output };
  };
  const shape = imageType.shape.map((d, i) => ({ dimValue: i === 0 ? 1 : Number(d) }));
  const input: ValueInfo = {
    name: image,
    type: { kind: 'tensor', elemType: dataTypeOf(imageType.dtype), shape },
  };
  const { graph: _, ...rest } = printed[0]!.model;
  return {
    ...rest,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: { ...part(0, ifOutputs), name: cut.name, input: [input] },
  };
}

interface RuleValues {
  readonly thresholds: readonly Value[];
  readonly watched: Value;
  readonly suspicion: Value;
  readonly constants: ReadonlyMap<string, Tensor>;
}

function ruleValues({ thresholds, always, suspicion }: Policy, classes: number): RuleValues {
  const constants = new Map<string, Tensor>();
  const value = (name: string, values: readonly number[]) => {
    constants.set(name, f32([values.length], values));
    return param(name, [values.length], { kind: 'constant', value: 0 }, 'frozen');
  };
  return {
    thresholds: thresholds.map((t, k) => value(`policy.threshold.${k}`, [t])),
    watched: value(
      'policy.always',
      Array.from({ length: classes }, (_, c) => Number(always.includes(c))),
    ),
    suspicion: value('policy.suspicion', [suspicion]),
    constants,
  };
}

/** The segment, and whether what it says lets the image leave: see `leaves`. */
function withDecision({ graph: g }: Segment, { always }: Policy, rules: RuleValues, k: number) {
  const p = softmax(outputOf(g, 'logits'));
  const confidence = reduceMax(p, [1], false);
  const outputs = new Map([...g.outputs, ['confidence', confidence] as const]);
  const threshold = rules.thresholds[k];
  if (threshold) {
    let leave = greaterOrEqual(confidence, threshold);
    if (always.length > 0) {
      const watched = mul(p, rules.watched);
      const harmless = greaterOrEqual(reduceMax(sub(p, watched), [1], false), confidence);
      leave = and(and(leave, harmless), less(reduceSum(watched, [1], false), rules.suspicion));
    }
    outputs.set('leave', leave);
  }
  return graph(outputs, g.name);
}

/** The graph's nodes and weights with a prefix before every name that is not `shared`. */
function prefixed(g: Graph, prefix: string, shared: ReadonlySet<string>): { node: Node[]; initializer: TensorProto[] } {
  const to = (name: string) => (name === '' || shared.has(name) ? name : prefix + name);
  return {
    node: g.node.map((n) => ({ ...n, name: prefix + n.name, input: n.input.map(to), output: n.output.map(to) })),
    initializer: g.initializer.map((t) => ({ ...t, name: to(t.name) })),
  };
}

function ifNode(exit: string, output: readonly string[], [leave, stay]: readonly [Graph, Graph]): Node {
  const attribute: Attribute[] = [
    { name: 'then_branch', type: 'graph', value: leave },
    { name: 'else_branch', type: 'graph', value: stay },
  ];
  return { opType: 'If', input: [`${exit}/leave`], output, attribute, name: `${exit}/if` };
}

/** Hands on what an exit says. */
function answerNodes(exit: string, k: number, [logits, index, confidence]: readonly string[]): Node[] {
  const same = (from: string, to: string): Node => {
    return { opType: 'Identity', input: [`${exit}/${from}`], output: [to], attribute: [], name: `${to}/node` };
  };
  const value: Attribute = { name: 'value', type: 'tensor', value: tensorToProto('', i64([1], [k])) };
  return [
    same('logits', logits!),
    { opType: 'Constant', input: [], output: [index!], attribute: [value], name: `${index}/node` },
    same('confidence', confidence!),
  ];
}

function outputInfo([logits, index, confidence]: readonly string[], classes: number): ValueInfo[] {
  const info = (name: string, dtype: 'float32' | 'int64', shape: readonly number[]): ValueInfo => {
    return { name, type: { kind: 'tensor', elemType: dataTypeOf(dtype), shape: shape.map((d) => ({ dimValue: d })) } };
  };
  return [info(logits!, 'float32', [1, classes]), info(index!, 'int64', [1]), info(confidence!, 'float32', [1])];
}
