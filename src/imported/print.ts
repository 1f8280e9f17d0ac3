import { check } from '../base/errors.ts';
import { type Graph, graph, nameOf, roleOf } from '../graph/graph.ts';
import type { Init, Value } from '../graph/value.ts';
import { toOnnx } from '../onnx/print.ts';
import type { Imported } from '../onnx/read.ts';
import { answerOutput } from './build.ts';
import type { Parts } from './parts.ts';
import type { ParameterRecord } from './record.ts';
import { stageOutput } from './stages.ts';

function graphOf({ logits, pooled, stages, own }: Parts, name: string): Graph {
  const answers = Object.entries(own?.values ?? {}).map(([answer, v]) => [answerOutput(answer), v] as const);
  const named = stages.map((v, i) => [stageOutput(i), v] as const);
  return graph({ ...(logits && { logits }), pooled, ...Object.fromEntries([...named, ...answers]) }, name);
}

/** The graph as it is written: parameters are inputs. */
export const print = (parts: Parts, name: string) => toOnnx(graphOf(parts, name), { target: 'standard' });

/** In the order in which data reaches them. */
export function parametersOf(parts: Parts, imported: Imported): ParameterRecord[] {
  const g = graphOf(parts, 'all');
  const reached = firstReads(g);
  const inOrder = [...g.params].sort((a, b) => reached.get(a)! - reached.get(b)!);
  return inOrder.map((p) => {
    const name = nameOf(p)!;
    const source = imported.sources.get(name);
    check(p.origin.kind === 'param', 'not a parameter');
    const shape = p.type.shape.map(Number);
    return { name, ...(source !== undefined && { source }), shape, role: roleOf(p), init: finite(p.origin.init) };
  });
}

/** For each value, the first node that reads it together with something of the image: nodes on weights alone may stand anywhere. */
function firstReads({ nodes, inputs }: Graph): Map<Value, number> {
  const moving = new Set(inputs);
  for (const { inputs: read, outputs } of nodes) {
    if (read.some((v) => v && moving.has(v))) for (const y of outputs) moving.add(y);
  }
  const first = new Map<Value, number>();
  for (const [i, { inputs: read, outputs }] of [...nodes.entries()].reverse()) {
    const still = outputs.filter((y) => !moving.has(y)).map((y) => first.get(y) ?? nodes.length);
    read.forEach((v, k) => {
      const at = still.length > 0 ? Math.min(...still) : i + k / read.length;
      if (v) first.set(v, Math.min(at, first.get(v) ?? at));
    });
  }
  return first;
}

/** Damaged weights have no spread that could be written down. */
const finite = (init: Init): Init =>
  Object.values(init).every((v) => typeof v === 'string' || Number.isFinite(v)) ? init : { kind: 'constant', value: 0 };
