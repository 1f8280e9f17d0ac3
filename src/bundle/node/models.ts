import type { Image } from '../../data/image.ts';
import { preprocess } from '../../data/preprocess.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import type { Value } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { networkOf } from '../../run/node/network-of.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { compile, type Program, type Runtime, type Tensors } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { deployGraph } from '../deploy.ts';
import type { Manifest } from '../manifest.ts';

export interface Form {
  /** Takes bytes [N, H, W, 3] and normalises inside the graph. */
  readonly embedPreprocessing?: boolean;
  /** Options of the task alone, such as `softmax`. */
  readonly ship?: Readonly<Record<string, unknown>>;
}

/** The .onnx file of a run, as it is shipped and measured. */
export function deployedModel(loaded: LoadedRun, form: Form = {}): Uint8Array {
  const { run, model, weights } = loaded;
  const embed = form.embedPreprocessing ? run.preprocessing : undefined;
  const { graph: g, constants } = deployGraph(model, shippedValues(loaded, form), weights, { embed });
  return encodeModel(toOnnx(g, { constants, target: 'standard', metadata: { model: run.model, name: run.name } }));
}

/** What a run's bundle gives, by name and in order. */
export function shippedValues({ run, model }: LoadedRun, { ship = {} }: Form): Readonly<Record<string, Value>> {
  const task = taskNamed(run.task);
  return task.ship.outputs(networkOf({ run, model }), ship);
}

/** What the shipped model is fed. */
export const inputOf = (model: Model, embedded: boolean): Manifest['input'] => ({
  name: nameOf(model.image)!,
  dtype: embedded ? 'uint8' : 'float32',
  layout: embedded ? 'NHWC' : 'NCHW',
  ...(model.image.type.shape[0] === 1 && { batch: 1 }),
  normalisedInside: embedded,
});

/** What a shipped model gives for one batch. */
export async function shippedOutputs(runtime: Runtime, onnx: Uint8Array, feeds: Tensors): Promise<Tensors> {
  return once(await runtime.load(onnx), feeds);
}

/** What a run's model gives for pictures, or for these feeds, in the form in which it was trained and evaluated. */
export async function trainedOutputs(
  runtime: Runtime,
  loaded: LoadedRun,
  given: readonly Image[] | Tensors,
  form: Form,
): Promise<Tensors> {
  const { run, model, weights } = loaded;
  const g = graph(shippedValues(loaded, form));
  const program = await compile(runtime, g, { constants: weights, target: 'standard' });
  const isPictures = (x: readonly Image[] | Tensors): x is readonly Image[] => Array.isArray(x);
  if (!isPictures(given)) return once(program, given);
  return once(program, { [nameOf(model.image)!]: preprocess(given, run.preprocessing) });
}

/** Runs once and closes. */
async function once(program: Program, feeds: Tensors): Promise<Tensors> {
  try {
    return await program.run(feeds);
  } finally {
    await program.close();
  }
}
