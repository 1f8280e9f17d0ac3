import { check, messageOf, YosegiError } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { inScope } from '../../graph/op.ts';
import { constant, constantOf, type Value } from '../../graph/value.ts';
import type { Attribute, FunctionProto, Graph, Node, TensorProto } from '../wire/messages.ts';
import { captured, domainOf } from '../wire/node.ts';
import { tensorFromProto } from '../wire/tensor.ts';
import { isFloat, NodeAttributes, widened } from './attributes.ts';
import type { Call } from './call.ts';
import { converterOf } from './convert/index.ts';
import { Environment } from './environment.ts';
import type { Problem } from './errors.ts';
import { checkShape, Folder } from './fold.ts';
import { isParameterName } from './names.ts';
import { inOrder } from './order.ts';
import { scopeOf } from './scope.ts';
import type { Symbols } from './symbols.ts';

export interface TranslateOptions {
  readonly functions: readonly FunctionProto[];
  readonly symbols: Symbols;
  readonly training: boolean;
  /** Constants between the nodes may be weights: the file keeps its own there. */
  readonly inlineWeights: boolean;
  readonly maxNodes: number;
}

/** What holds inside one body: the operator sets it speaks and the attributes its function was called with. */
interface Body {
  readonly opsets: ReadonlyMap<string, number>;
  readonly given: ReadonlyMap<string, Attribute> | undefined;
  readonly path: string;
  readonly scope: string;
  readonly depth: number;
}

/** Functions in functions, and branches in branches, end somewhere. */
const MAX_DEPTH = 64;

/** Turns nodes into values, remembering every node that cannot be taken. */
export class Translator {
  readonly problems: Problem[] = [];
  readonly folder = new Folder();
  readonly #options: TranslateOptions;
  readonly #functions = new Map<string, FunctionProto>();
  #nodes = 0;

  constructor(options: TranslateOptions) {
    this.#options = options;
    for (const f of options.functions) this.#functions.set(functionKey(f.domain, f.name, f.overload), f);
  }

  /** Names the tensors of a graph; each is read when a node first asks for it. */
  initializers(tensors: readonly TensorProto[], env: Environment): void {
    for (const proto of tensors)
      env.set(proto.name, { kind: 'lazy', make: () => this.#named(tensorFromProto(proto), proto.name) });
  }

  /** A constant of the file; half floats become float32, which is what runs fast on a CPU and what is trained. */
  #named(given: Tensor, name: string): Value {
    checkShape(given.shape);
    const t = widened(given);
    this.folder.grant(t.data.length);
    const value = constant(t);
    this.folder.names.set(value, name);
    const { training } = this.#options;
    if (training && isFloat(t.dtype) && (t.data.length > 1 || isParameterName(name))) this.folder.learned.add(value);
    return value;
  }

  /** A constant that stands between the nodes. */
  #literal(given: Tensor, name: string): Value {
    const value = this.#named(given, name);
    if (!this.#options.inlineWeights) {
      this.folder.learned.delete(value);
      this.folder.literals.add(value);
    }
    return value;
  }

  /** The main graph's nodes. */
  graph(nodes: readonly Node[], env: Environment, opsets: ReadonlyMap<string, number>): void {
    this.#body(nodes, env, { opsets, given: undefined, path: '', scope: '', depth: 0 });
  }

  #body(nodes: readonly Node[], env: Environment, body: Body): void {
    this.#nodes += nodes.length;
    check(
      this.#nodes <= this.#options.maxNodes,
      () =>
        `the model has more than ${this.#options.maxNodes} nodes with its functions put in; raise maxNodes if it is meant`,
    );
    for (const node of inOrder(nodes, captured)) {
      const domain = domainOf(node);
      const opset = body.opsets.get(domain) ?? 0;
      try {
        this.#bind(node, env, this.#node(node, domain, opset, env, body));
      } catch (error) {
        const name = `${body.path}${node.name || node.output.find(Boolean) || node.opType}`;
        this.problems.push({ node: name, op: node.opType, domain, opset, reason: reasonOf(error) });
        this.#lose(node, env);
      }
    }
  }

  #bind(node: Node, env: Environment, values: readonly (Value | undefined)[] | undefined): void {
    node.output.forEach((name, i) => {
      if (name === '') return;
      const value = values?.[i];
      if (!values) env.set(name, { kind: 'lost' });
      else if (value) env.set(name, { kind: 'value', value });
      else env.set(name, { kind: 'missing', reason: `output ${i} of ${node.opType}, which is not supported` });
    });
  }

  #lose(node: Node, env: Environment): void {
    for (const name of node.output) if (name !== '' && !env.has(name)) env.set(name, { kind: 'lost' });
  }

  /** The node's outputs, or undefined when it depends on something lost. */
  #node(
    node: Node,
    domain: string,
    opset: number,
    env: Environment,
    body: Body,
  ): readonly (Value | undefined)[] | undefined {
    const attributes = resolved(node.attribute, body.given);
    const fn = this.#functions.get(functionKey(domain, node.opType, node.overload));
    if (!fn) {
      check(
        body.opsets.has(domain),
        () => `the model does not say which version of '${domain || 'ai.onnx'}' it speaks`,
      );
    }
    const branch = !fn && domain === '' && node.opType === 'If';
    const convert = fn || branch ? undefined : converterOf(domain, node.opType);
    const inputs = node.input.map((name) => (name === '' ? undefined : env.get(name)));
    if (node.input.some((name, i) => name !== '' && !inputs[i])) return undefined;
    const scope = [body.scope, scopeOf(node)].filter(Boolean).join('.');
    if (fn)
      return this.#call(fn, inputs, attributes, { ...body, scope, path: `${body.path}${node.name || node.opType}/` });
    const attrs = new NodeAttributes(attributes);
    if (branch) return this.#branch(inputs[0], attrs, env, { ...body, scope });
    return inScope(scope, () => {
      const outputs = convert!(this.#callOf(node, opset, attrs, inputs));
      const [lost] = attrs.unread();
      if (lost !== undefined) throw new YosegiError(`its attribute '${lost}' is not supported`);
      this.#options.symbols.follow(inputs, outputs);
      return outputs;
    });
  }

  #callOf(node: Node, opset: number, attrs: NodeAttributes, inputs: readonly (Value | undefined)[]): Call {
    const { training, symbols } = this.#options;
    return {
      op: node.opType,
      opset,
      name: node.name || node.output[0] || node.opType,
      attrs,
      inputs,
      outputs: node.output,
      training,
      symbols,
      make: (op, args, given) => this.folder.apply(op, args, given),
      isStill: (v) => this.folder.isStill(v),
      known: (v) => this.folder.known(v),
      renamed: (value) => this.folder.renamed(value, node.output[0] ?? ''),
      literal: (t) => {
        return this.#literal(t, node.output[0] ?? '');
      },
    };
  }

  /** Puts a local function in the place of its call. */
  #call(
    fn: FunctionProto,
    inputs: readonly (Value | undefined)[],
    attributes: readonly Attribute[],
    body: Body,
  ): (Value | undefined)[] | undefined {
    check(body.depth < MAX_DEPTH, `functions call each other more than ${MAX_DEPTH} deep`);
    const env = new Environment();
    fn.input.forEach((name, i) => {
      const value = inputs[i];
      env.set(
        name,
        value ? { kind: 'value', value } : { kind: 'missing', reason: 'an input that the call leaves out' },
      );
    });
    const given = new Map<string, Attribute>();
    for (const a of fn.attributeProto) given.set(a.name, a);
    for (const a of attributes) given.set(a.name, a);
    const opsets = new Map([...body.opsets, ...opsetsOf(fn.opsetImport)]);
    this.#body(fn.node, env, { ...body, given, opsets, depth: body.depth + 1 });
    return outputsOf(fn.output, env);
  }

  /** The branch that a condition known now takes. */
  #branch(
    condition: Value | undefined,
    attrs: NodeAttributes,
    env: Environment,
    body: Body,
  ): (Value | undefined)[] | undefined {
    const [yes, no] = [attrs.graph('then_branch'), attrs.graph('else_branch')];
    const known = constantOf(condition);
    check(known, 'which branch runs depends on the image or its size, so it cannot be put in');
    check(body.depth < MAX_DEPTH, `branches are more than ${MAX_DEPTH} deep`);
    const taken: Graph | undefined = known.data[0] ? yes : no;
    check(taken, 'the branch that it takes is missing');
    const inner = new Environment(env);
    this.initializers(taken.initializer, inner);
    this.#body(taken.node, inner, { ...body, depth: body.depth + 1 });
    return outputsOf(
      taken.output.map((o) => o.name),
      inner,
    );
  }
}

function outputsOf(names: readonly string[], env: Environment): (Value | undefined)[] | undefined {
  const values = names.map((name) => (name === '' ? undefined : env.get(name)));
  return values.some((v, i) => !v && names[i] !== '') ? undefined : values;
}

const functionKey = (domain: string, name: string, overload = '') => `${domain} ${name} ${overload}`;

export function opsetsOf(
  imports: readonly { readonly domain: string; readonly version: number }[],
): Map<string, number> {
  return new Map(imports.map((o) => [domainOf(o), o.version]));
}

/** Attributes with those that refer to the calling function's put in; one that the call leaves out is left out. */
function resolved(attributes: readonly Attribute[], given: ReadonlyMap<string, Attribute> | undefined): Attribute[] {
  return attributes.flatMap((a) => {
    if (a.type !== 'reference') return [a];
    const value = given?.get(a.refAttrName);
    return value ? [{ ...value, name: a.name }] : [];
  });
}

/** What went wrong, as far as it helps somebody who has the file. */
function reasonOf(error: unknown): string {
  const text = messageOf(error);
  if (!(error instanceof YosegiError)) return `it is malformed: ${text}`;
  // Operators say where they were made; the problem says so itself.
  return text.startsWith('in ') && error.cause ? text.slice(text.indexOf(': ') + 2) : text;
}
