import { nameOf, reachable } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { exitsOf, type Model } from '../models/model.ts';

/** Names of the head's parameters: the logits (of any exit) depend on them, what the head reads (`pooled`) does not. */
export function headNames(model: Model): Set<string> {
  const below = new Set(reachable([model.pooled, ...(model.backbone ? [model.backbone.pooled] : [])]));
  return new Set(paramNames(reachable(exitsOf(model).map((e) => e.logits)).filter((v) => !below.has(v))));
}

/** Names of the convolution weights that meet the image first, with nothing learned between it and them. */
export function firstConvolutions(model: Model): Set<string> {
  const learned = new Set<Value>();
  const first: Value[] = [];
  for (const v of reachable([model.logits])) {
    const { origin } = v;
    if (origin.kind === 'param') learned.add(v);
    if (origin.kind !== 'node') continue;
    const { op, inputs } = origin.node;
    const [data, weight] = inputs;
    if (op === 'Conv' && data && weight && !learned.has(data)) first.push(weight);
    if (inputs.some((i) => i && learned.has(i))) learned.add(v);
  }
  return new Set(paramNames(first));
}

const paramNames = (values: readonly Value[]) => values.flatMap((v) => (v.origin.kind === 'param' ? [nameOf(v)!] : []));
