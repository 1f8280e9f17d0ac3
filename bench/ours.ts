import { check } from '../src/base/errors.ts';
import { matmul } from '../src/graph/build.ts';
import { graph } from '../src/graph/graph.ts';
import { input } from '../src/graph/value.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { classifier } from '../src/models/model.ts';
import { initialValues } from '../src/nn/init.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { compile } from '../src/runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../src/testing/formula.ts';
import { clocked, clockedRuns } from './clock.ts';
import { type ExitIteration, exitIteration, open, says } from './exits/ours.ts';
import { ourRuntime } from './our-runtime.ts';
import { memory } from './process-memory.ts';
import { answerRequests, type Message } from './protocol.ts';
import { type Iteration, images, inferIteration, oneHot, trainIteration } from './steps.ts';
import { modelOf, type Subject, subjectSchema } from './subjects.ts';

/**
 * Our side of the race: a long-lived process with the requests of bench/peers/peer.py (info, prepare, run, memory, gemm, drop,
 * exit), `agree`, which computes on formula weights for comparison, and for models with exits open, says and enter of
 * bench/peers/dynamic_perceiver.py.
 */
const jobs = new Map<string, Iteration | ExitIteration>();

async function prepare(request: Message): Promise<Message> {
  const s = subjectSchema.parse(request);
  const start = performance.now();
  const runtime = await ourRuntime(Number(request.threads));
  const model = modelOf(s);
  const shape = [s.batch, 3, s.size, s.size];
  const job =
    s.mode === 'train'
      ? await trainIteration(runtime, model, initialValues(classifier(model), 0), images(shape), targetsOf(s))
      : // The weights that PyTorch exports for plain ONNX Runtime.
        await inferIteration(runtime, model, formulaWeights(classifier(model)), formulaInput('input', shape));
  const build = performance.now() - start;
  jobs.set(String(request.id), job);
  return {
    params: job.parameters,
    build_s: build / 1000,
    compile_s: null,
    first_ms: (await clocked(() => job.run())).ms,
  };
}

const targetsOf = ({ batch, classes }: Subject) =>
  oneHot(
    Array.from({ length: batch }, (_, i) => (i * 7) % classes),
    classes,
  );

async function run(request: Message): Promise<Message> {
  const job = jobs.get(String(request.id));
  check(job, `no subject is prepared under '${request.id}'`);
  let loss: number | undefined;
  const took = await clockedRuns(Number(request.iters ?? 5), async () => {
    const result = await job.run();
    if ('loss' in result) loss = result.loss;
  });
  return { ...took, ...(loss !== undefined && { loss }) };
}

/** The rate of one square product, both factors inputs as in a training step. */
async function gemm(request: Message): Promise<Message> {
  const n = Number(request.n ?? 1024);
  const runtime = await ourRuntime(Number(request.threads));
  const [a, b] = [images([n, n]), images([n, n])];
  const product = matmul(input('a', 'float32', [n, n]), input('b', 'float32', [n, n]));
  const program = await compile(runtime, graph({ c: product }));
  // Written into the same memory every time, as torch.mm(…, out=…) does.
  const { c } = await program.run({ a, b });
  const { ms } = await clockedRuns(Number(request.iters ?? 5), () => program.run({ a, b }, { c: c! }));
  await program.close();
  return { gflops: (2 * n ** 3) / Math.min(...ms) / 1e6, ms };
}

/** Logits of the shipped form, and loss and gradient norm of a training step, on formula weights. */
async function agree(request: Message): Promise<Message> {
  const s = subjectSchema.parse(request);
  const runtime = await nativeRuntime();
  const model = modelOf(s);
  const weights = formulaWeights(classifier(model));
  const image = formulaInput('input', [2, 3, s.size, s.size]);
  const shipped = await inferIteration(runtime, model, weights, image);
  const { logits } = await shipped.run();
  await shipped.close();
  const training = await trainIteration(runtime, model, weights, image, oneHot([1, 0], s.classes));
  const { loss, gradientNorm } = await training.run();
  await training.close();
  return { logits: Array.from(logits!.data as Float32Array), loss, gradient_norm: gradientNorm };
}

async function enter(request: Message): Promise<Message> {
  const job = await exitIteration(request);
  const { exits } = await job.run();
  jobs.set(String(request.id), job);
  return { exits, first_ms: (await clocked(() => job.run())).ms };
}

async function drop(request: Message): Promise<Message> {
  await jobs.get(String(request.id))?.close();
  return { dropped: jobs.delete(String(request.id)) };
}

const info = async () => ({ ...describeMachine(await nativeRuntime()) });

await answerRequests({ info, prepare, run, memory, gemm, agree, drop, open, says, enter });
