import { gradients } from '../autodiff/gradients.ts';
import { check } from '../base/errors.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { type Graph, graph, nameOf, reachable, roleOf } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Draw, Objective } from '../tasks/objective.ts';
import { trainingForms } from './forms.ts';
import { foldFrozenNorms } from './frozen-norms.ts';
import { type Statistic, trainingForm } from './mode.ts';

export interface TrainingGraphOptions {
  /** Which trainable parameters are trained; the rest is held constant. Default: all. */
  readonly trainable?: (name: string) => boolean;
  /** Names of normalisations' scales that are trained on the running statistics as they are. Default: none. */
  readonly keeps?: (name: string) => boolean;
}

/** A training step as an ordinary graph: loss, outputs, `grad:<name>` and `stat:<name>`. */
export interface TrainingGraph {
  readonly graph: Graph;
  /** Names and shapes of what is trained. */
  readonly trained: readonly (readonly [string, readonly number[]])[];
  /** Shapes of the `grad:` outputs: as many elements as the parameters, not always the same dimensions. */
  readonly gradientShapes: readonly (readonly number[])[];
  readonly statistics: readonly Statistic[];
  /** Inputs that the host draws for every step. */
  readonly draws: readonly Draw[];
  /** Parameters that neither train nor track: they become constants. */
  readonly frozen: readonly string[];
}

/** Differentiates an objective into a training step. */
export function trainingGraph(objective: Objective, options: TrainingGraphOptions = {}): TrainingGraph {
  const { trainable = () => true, keeps } = options;
  const extra = Object.entries(objective.outputs ?? {});
  const roots = [objective.loss, ...extra.map(([, v]) => v)];
  const form = trainingForm(roots, trainable, keeps);
  const folded = foldFrozenNorms(
    [...roots.map((v) => form.values.get(v)!), ...form.statistics.map((s) => s.batch)],
    trainable,
  );
  const values = new Map(roots.map((v) => [v, folded.get(form.values.get(v)!)!]));
  const statistics = form.statistics.map((s) => ({ ...s, batch: folded.get(s.batch)! }));
  const { draws } = form;
  const loss = values.get(objective.loss)!;
  const params = reachable([loss]).filter((v) => v.origin.kind === 'param');
  const trained = params.filter((p) => roleOf(p) === 'trainable' && trainable(nameOf(p)!));
  check(trained.length > 0, 'nothing is left to train: the pattern for trainable parameters matches none');
  const inside = new Set(reachable([loss]));
  const grads = gradients(loss, trained);
  const outputs = new Map<string, Value>([['loss', loss]]);
  for (const [name, v] of extra) outputs.set(name, values.get(v)!);
  trained.forEach((p, i) => {
    outputs.set(`grad:${nameOf(p)}`, unshaped(grads[i]!));
  });
  // The loss reads a normalisation's first output; its batch statistics hang on the same node.
  const tracked = statistics.filter(
    ({ batch }) => batch.origin.kind === 'node' && inside.has(batch.origin.node.outputs[0]!),
  );
  for (const s of tracked) outputs.set(`stat:${s.name}`, s.batch);
  const names = new Set([...trained.map((p) => nameOf(p)!), ...tracked.map((s) => s.name)]);
  return {
    graph: cleanUp(trainingForms(graph(outputs, 'training'))),
    trained: trained.map((p) => [nameOf(p)!, p.type.shape as readonly number[]]),
    gradientShapes: trained.map((p) => outputs.get(`grad:${nameOf(p)}`)!.type.shape as readonly number[]),
    statistics: tracked,
    draws: [...draws, ...(objective.draws ?? [])],
    frozen: params.map((p) => nameOf(p)!).filter((n) => !names.has(n)),
  };
}

/** The value before a last reshape: a gradient is read as a flat list, and the runtime would copy it for its shape's sake. */
function unshaped(v: Value): Value {
  const { origin } = v;
  return origin.kind === 'node' && origin.node.op === 'Reshape' ? unshaped(origin.node.inputs[0]!) : v;
}
