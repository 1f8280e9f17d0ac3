import type { Tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { preprocess } from '../../data/preprocess.ts';
import { softmax } from '../../graph/build.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import type { LoadedRun } from '../../train/node/run-folder.ts';
import { deployGraph } from '../deploy.ts';

export interface Form {
  /** Takes bytes [N, H, W, 3] and normalises inside the graph. */
  readonly embedPreprocessing?: boolean;
  /** Gives probabilities in place of logits. */
  readonly softmax?: boolean;
}

/** The .onnx file of a run, as it is shipped and measured. */
export function deployedModel({ run, model, weights }: LoadedRun, form: Form = {}): Uint8Array {
  const embed = form.embedPreprocessing ? run.preprocessing : undefined;
  const { graph: g, constants } = deployGraph(model, weights, { embed, softmax: form.softmax });
  return encodeModel(toOnnx(g, { constants, target: 'standard', metadata: { model: run.model, name: run.name } }));
}

/** What a shipped model gives for one batch. */
export async function shippedOutputs(runtime: Runtime, onnx: Uint8Array, name: string, x: Tensor): Promise<Tensor> {
  return only(await runtime.load(onnx), name, x);
}

/** What a run's model gives for pictures in the form in which it was trained and evaluated. */
export async function trainedOutputs(
  runtime: Runtime,
  { run, model, weights }: LoadedRun,
  pictures: readonly Image[],
  form: Form,
): Promise<Tensor> {
  const g = graph({ y: form.softmax ? softmax(model.logits) : model.logits });
  const program = await compile(runtime, g, { constants: weights, target: 'standard' });
  return only(program, nameOf(model.image)!, preprocess(pictures, run.preprocessing));
}

/** Runs once and closes; gives the first output. */
async function only(program: Program, name: string, x: Tensor): Promise<Tensor> {
  try {
    const outputs = await program.run({ [name]: x });
    return outputs[program.outputs[0]!]!;
  } finally {
    await program.close();
  }
}
