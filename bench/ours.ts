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
import { exitIteration, open, says } from './exits/ours.ts';
import { Jobs } from './jobs.ts';
import { ourRuntime } from './our-runtime.ts';
import { memory } from './process-memory.ts';
import { answerRequests, type Message } from './protocol.ts';
import { images, inferIteration, oneHot, trainIteration } from './steps.ts';
import { modelOf, type Subject, subjectSchema } from './subjects.ts';

/**
 * Our side of the race: a long-lived process with the requests of bench/peers/peer.py (info, prepare, run, memory, gemm, drop,
 * exit), `agree`, which computes on formula weights for comparison, and for models with exits open, says and enter of
 * bench/peers/dynamic_perceiver.py.
 */
const jobs = new Jobs();

const prepare = (request: Message): Promise<Message> =>
  jobs.prepare(request, async () => {
    const s = subjectSchema.parse(request);
    const runtime = await ourRuntime(Number(request.threads));
    const model = modelOf(s);
    const shape = [s.batch, 3, s.size, s.size];
    return s.mode === 'train'
      ? trainIteration(runtime, model, initialValues(classifier(model), 0), images(shape), targetsOf(s))
      : // The weights that PyTorch exports for plain ONNX Runtime.
        inferIteration(runtime, model, formulaWeights(classifier(model)), formulaInput('input', shape));
  });

const targetsOf = ({ batch, classes }: Subject) =>
  oneHot(
    Array.from({ length: batch }, (_, i) => (i * 7) % classes),
    classes,
  );

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
  jobs.keep(request, job);
  return { exits, first_ms: (await clocked(() => job.run())).ms };
}

const info = async () => ({ ...describeMachine(await nativeRuntime()) });

await answerRequests({
  ...{ info, prepare, memory, gemm, agree, open, says, enter },
  run: (request) => jobs.run(request),
  drop: (request) => jobs.drop(request),
});
