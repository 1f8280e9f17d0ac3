import { f32, sizeOf, type Tensor } from '../../src/base/tensor.ts';
import { noiseOf } from '../../src/diffusion/sample.ts';
import { graph } from '../../src/graph/graph.ts';
import { shipped } from '../../src/graph/shipped.ts';
import { describeMachine } from '../../src/measure/node/machine.ts';
import { initialValues } from '../../src/nn/init.ts';
import { called, openLooks } from '../../src/run/looks.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { generate } from '../../src/tasks/generate/generate.ts';
import type { Network } from '../../src/tasks/task.ts';
import { formulaInput, formulaWeights } from '../../src/testing/formula.ts';
import { type Job, Jobs } from '../jobs.ts';
import { ourRuntime } from '../our-runtime.ts';
import { memory } from '../process-memory.ts';
import { answerRequests, type Message } from '../protocol.ts';
import { images, stepIteration } from '../steps.ts';
import { denoiserOf, LABEL_DROPOUT, type MakingSubject, making, makingSubjectSchema } from './subjects.ts';

/**
 * Our side of the race of networks that make pictures: the requests of bench/peers/denoise.py (info, prepare, run, memory, drop, exit), and `agree`, which
 * computes on formula weights for comparison.
 */
const jobs = new Jobs();

const options = { labelDropout: LABEL_DROPOUT };
const parameters = (network: Network) =>
  graph({ prediction: network.reads[0]! }).params.reduce((n, p) => n + sizeOf(p.type.shape as readonly number[]), 0);

interface Sampling extends Job {
  run(): Promise<{ readonly pictures: Tensor<'float32'> }>;
}

/** Pictures as `yosegi generate` makes them: of classes in turn, seeds from 0. */
async function sampling(runtime: Runtime, s: MakingSubject): Promise<Sampling> {
  const network = generate.network(denoiserOf(s), options);
  const g = graph(generate.ship.outputs(network, {}));
  const as = shipped(g, formulaWeights(g));
  const { program, teller } = await openLooks(runtime, as.graph, as.weights);
  const wanted = Array.from({ length: s.batch }, (_, seed) => ({ label: seed % s.classes, seed }));
  return {
    parameters: parameters(network),
    run: () =>
      generate.makes!.make(called(program, teller), wanted, {
        ...{ shape: [3, s.size, s.size], classes: s.classes, options, making },
      }),
    close: async () => {
      await program.close();
      await teller?.close();
    },
  };
}

const labelsOf = ({ batch, classes }: MakingSubject) =>
  f32(
    [batch, 1],
    Array.from({ length: batch }, (_, i) => (i * 7) % classes),
  );

async function training(runtime: Runtime, s: MakingSubject): Promise<Job> {
  const network = generate.network(denoiserOf(s), options);
  const { classes } = s;
  const counts = Array.from({ length: classes }, () => 1);
  const objective = generate.objective(network, { classes, counts, options });
  const weights = initialValues(graph(network.outputs), 0);
  const image = images([s.batch, 3, s.size, s.size]);
  return stepIteration(runtime, objective, weights, { image, labels: labelsOf(s) });
}

const prepare = (request: Message): Promise<Message> =>
  jobs.prepare(request, async () => {
    const s = makingSubjectSchema.parse(request);
    const runtime = await ourRuntime(Number(request.threads));
    return s.mode === 'train' ? training(runtime, s) : sampling(runtime, s);
  });

/** Two pictures of formula weights and the noise they begin as; loss and gradient norm of a training step whose draws are the formula's. */
async function agree(request: Message): Promise<Message> {
  const s = { ...makingSubjectSchema.parse(request), batch: 2 };
  const runtime = await nativeRuntime();
  const made = await sampling(runtime, s);
  const { pictures } = await made.run();
  await made.close();
  const network = generate.network(denoiserOf(s), options);
  const { draws: _, ...objective } = generate.objective(network, { classes: s.classes, counts: [], options });
  const shape = [2, 3, s.size, s.size];
  const step = await stepIteration(runtime, objective, formulaWeights(graph(network.outputs)), {
    ...{ image: formulaInput('input', shape), noise: formulaInput('noise', shape), labels: labelsOf(s) },
    ...{ moment: formulaInput('moment', [2]), untold: f32([2, 1], [0.05, 0.5]) },
  });
  const { loss, gradientNorm } = await step.run();
  await step.close();
  const noise = Array.from({ length: 2 }, (_, seed) => Array.from(noiseOf(seed, 3 * s.size ** 2))).flat();
  return { noise, pictures: Array.from(pictures.data), loss, gradient_norm: gradientNorm };
}

const info = async () => ({ ...describeMachine(await nativeRuntime()) });

await answerRequests({
  ...{ info, prepare, memory, agree },
  run: (request) => jobs.run(request),
  drop: (request) => jobs.drop(request),
});
