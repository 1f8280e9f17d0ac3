import { check } from '../../src/base/errors.ts';
import { f32, type Tensor } from '../../src/base/tensor.ts';
import { deployGraph } from '../../src/bundle/deploy.ts';
import { sigmoid } from '../../src/graph/build.ts';
import { graph } from '../../src/graph/graph.ts';
import type { Network } from '../../src/models/network.ts';
import { createModel } from '../../src/models/registry.ts';
import { initialValues } from '../../src/nn/init.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { compile, type Program, type Runtime } from '../../src/runtime/runtime.ts';
import { settledOptions } from '../../src/tasks/anomaly/options.ts';
import { taskNamed } from '../../src/tasks/node/registry.ts';
import { clocked, clockedRuns } from '../clock.ts';
import { memory } from '../process-memory.ts';
import { answerRequests, type Message } from '../protocol.ts';
import { images } from '../steps.ts';
import { CANDIDATES, headSubject } from './subjects.ts';

/** Our side of a race of heads: what a bundle ships, decoding and NMS inside, on numbers in place of a picture. */
let job: { readonly program: Program; readonly image: Tensor } | undefined;

const THRESHOLD = 0.02;
const OVERLAP = 0.6;

async function prepare(request: Message): Promise<Message> {
  const { task: name, size, options } = headSubject.parse(request);
  const runtime = await nativeRuntime({ threads: Number(request.threads) });
  const task = taskNamed(name);
  const model = createModel('mobilenetv2_100', { size, classes: name === 'segment' ? 2 : 3 });
  const schema = name === 'anomaly' ? settledOptions : task.options;
  const network = task.network(model, schema.parse(options));
  const image = images([1, 3, ...size]);
  const weights = new Map(initialValues(graph(network.outputs), 0));
  if (name === 'detect') await calibrate(runtime, network, weights, image);
  // Rows that lie apart, as remembered patches do.
  for (const [key, t] of weights) if (key === 'anomaly.memory') weights.set(key, images(t.shape));
  const shipping = name === 'detect' ? { nms: true, nmsThreshold: THRESHOLD, nmsOverlap: OVERLAP } : {};
  const outputs = task.ship.outputs(network, task.ship.options.parse(shipping));
  const { graph: shipped, constants } = deployGraph(model, outputs, weights);
  const program = await compile(runtime, shipped, { constants, target: 'standard' });
  job = { program, image };
  return { compile_s: null, first_ms: (await clocked(() => program.run({ image }))).ms };
}

/** Moves the classes' bias until as many scores as on the peer's side are above the threshold. */
async function calibrate(runtime: Runtime, network: Network, weights: Map<string, Tensor>, image: Tensor) {
  const logits = sigmoid(network.outputs.scores!);
  const program = await compile(runtime, graph({ logits }), { constants: weights, target: 'standard' });
  const { logits: found } = await program.run({ image });
  await program.close();
  const logit = (p: number) => Math.log(p / (1 - p));
  const sorted = Float64Array.from(found!.data as Float32Array, logit)
    .sort()
    .reverse();
  const shift = logit(THRESHOLD) - sorted[CANDIDATES]!;
  const biases = [...weights].filter(([key]) => /^detect\.cls_preds\.\d+\.bias$/.test(key));
  check(biases.length > 0, 'the detector has no bias of its classes to move');
  for (const [key, t] of biases)
    weights.set(
      key,
      f32(
        t.shape,
        Float32Array.from(t.data as Float32Array, (b) => b + shift),
      ),
    );
}

function prepared() {
  check(job, 'no head is prepared');
  return job;
}

const run = (request: Message): Promise<Message> => {
  const { program, image } = prepared();
  return clockedRuns(Number(request.iters ?? 5), () => program.run({ image }));
};

await answerRequests({ prepare, run, memory });
