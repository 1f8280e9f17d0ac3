import { adaptModel } from '../../src/adapters/adapt.ts';
import { adapterOptions } from '../../src/adapters/options.ts';
import { check } from '../../src/base/errors.ts';
import { f32, type Tensor } from '../../src/base/tensor.ts';
import { type RecipeInput, recipe } from '../../src/data/augment/recipe.ts';
import { preprocessing } from '../../src/data/preprocess.ts';
import { type Dataset, openDataset } from '../../src/feed/node/dataset.ts';
import { trainSource } from '../../src/feed/node/loader.ts';
import { graph } from '../../src/graph/graph.ts';
import { describeMachine } from '../../src/measure/node/machine.ts';
import { createModel } from '../../src/models/registry.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { classify } from '../../src/tasks/classify/classify.ts';
import { classify as classifyFolder } from '../../src/tasks/classify/node/classify.ts';
import type { Network } from '../../src/tasks/task.ts';
import { formulaInput, formulaWeights } from '../../src/testing/formula.ts';
import { frozenParameters } from '../../src/train/freeze.ts';
import { type Job, Jobs } from '../jobs.ts';
import { ourRuntime } from '../our-runtime.ts';
import { memory } from '../process-memory.ts';
import { answerRequests, type Message } from '../protocol.ts';
import { oneHot, type StepIteration, stepIteration } from '../steps.ts';
import { picturesFolder, type TuningSubject, tuningSubjectSchema } from './subjects.ts';

/** Our side of the race of fine-tuning: the requests of bench/peers/tuning.py (info, prepare, run, memory, drop, exit). */
const jobs = new Jobs();

/** As bench/peers/tuning.py varies its pictures. */
const varied: RecipeInput = { crop: { scale: [0.5, 1] }, hflip: 0.5 };

/** The same share of the formula as in bench/peers/tuning.py for the second factors of pairs, which begin at zero in earnest. */
const SECOND = 0.01;

/** Formula weights of everything in the network. */
function weightsOf(network: Network): Map<string, Tensor<'float32'>> {
  const weights = formulaWeights(graph(network.outputs));
  for (const [name, { shape, data }] of weights)
    if (name.endsWith('.lora_B.weight'))
      weights.set(
        name,
        f32(
          shape,
          data.map((v) => SECOND * v),
        ),
      );
  return weights;
}

function networkOf(s: TuningSubject): Network {
  const plain = createModel(s.model, { size: s.size, classes: s.classes });
  const model = s.pairs ? adaptModel(plain, adapterOptions({ method: 'lora', ...s.pairs })).model : plain;
  const network = classify.network(model, {});
  if (!s.kept) return network;
  const probe = classify.probe?.(network);
  check(probe, () => `${s.model} has no head that could be trained alone`);
  return probe.head;
}

/** A step as `yosegi train` compiles it for the subject, on formula weights, images and features. */
async function step(s: TuningSubject, threads: number): Promise<StepIteration> {
  const runtime = await ourRuntime(threads);
  const network = networkOf(s);
  const { adapted, image } = network.model;
  const frozen = frozenParameters(network, s.frozen);
  const counts = Array.from({ length: s.classes }, () => 1);
  const objective = classify.objective(network, { classes: s.classes, options: classify.options.parse({}), counts });
  const labels = Array.from({ length: s.batch }, (_, i) => i % s.classes);
  const feeds = {
    image: formulaInput('input', [s.batch, ...image.type.shape.slice(1).map(Number)]),
    targets: oneHot(labels, s.classes),
  };
  return stepIteration(runtime, objective, weightsOf(network), feeds, {
    trainable: (name) => !frozen.has(name),
    ...(adapted && { keeps: (name: string) => adapted.trained.has(name) }),
  });
}

/** Decodes all pictures of the folder, as every training does when it begins. */
const opened = (s: TuningSubject): Promise<Dataset<number>> =>
  openDataset(picturesFolder, classifyFolder, { valFraction: 0, prepare: preprocessing({ size: [s.size, s.size] }) });

/** Epochs over the pictures of a folder: from its opening, or over one that is open, as all epochs of a training but the first. */
async function epochs(s: TuningSubject, threads: number, isOpen: boolean): Promise<Job> {
  const one = await step(s, threads);
  const size = preprocessing({ size: [s.size, s.size] });
  const kept = isOpen ? await opened(s) : undefined;
  let epoch = 0;
  return {
    parameters: one.parameters,
    first: () => one.run(),
    async run() {
      const dataset = kept ?? (await opened(s));
      const source = trainSource(dataset, { preprocessing: size, batchSize: s.batch, seed: 0, recipe: recipe(varied) });
      let loss = 0;
      for (let i = 0; i < source.batchesPerEpoch; i++) {
        const batch = await source.batch(epoch, i);
        loss = (await one.run({ image: batch.images, ...batch.targets })).loss;
      }
      epoch++;
      await source.close();
      if (!kept) await dataset.close();
      return { loss };
    },
    async close() {
      await kept?.close();
      await one.close();
    },
  };
}

const prepare = (request: Message): Promise<Message> =>
  jobs.prepare(request, () => {
    const s = tuningSubjectSchema.parse(request);
    const threads = Number(request.threads);
    return s.times === 'epoch' ? epochs(s, threads, request.open === true) : step(s, threads);
  });

const info = async () => ({ ...describeMachine(await nativeRuntime()) });

await answerRequests({
  ...{ info, prepare, memory },
  run: (request) => jobs.run(request),
  drop: (request) => jobs.drop(request),
});
