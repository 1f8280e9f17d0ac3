import { parseArgs } from 'node:util';
import { adaptModel } from '../src/adapters/adapt.ts';
import { adapterOptions } from '../src/adapters/options.ts';
import { graph } from '../src/graph/graph.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { createModel } from '../src/models/registry.ts';
import { initialValues } from '../src/nn/init.ts';
import { clipScale, norm } from '../src/optim/clip.ts';
import { adamW } from '../src/optim/optimizer.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { classify } from '../src/tasks/classify/classify.ts';
import { frozenParameters } from '../src/train/freeze.ts';
import { trainingGraph } from '../src/train/graph.ts';
import { segmentsOf } from '../src/train/segments.ts';
import { trainingStep } from '../src/train/step.ts';
import { images, oneHot } from './steps.ts';

/**
 * Milliseconds of processor time and peak memory of one training step as users have it: with adapters, or without (`--method tune`) above
 * a stage that stays as it is:
 * `npx tsx bench/adapters.ts [--model m] [--method tune|lora|full|…] [--freeze stage] [--layers "*.conv_pw"…] [--above stage] [--rank r] [--batch n] [--threads n]`.
 * A step is forward, backward, gradient norm, clipping to 1 and AdamW. For MobileNetV2, `--freeze blocks.4` trains above stride 16,
 * `--freeze blocks.2` above stride 8, no `--freeze` everything, `--freeze backbone` the head alone.
 * bench/peers/adapters.py is the same step with PyTorch and PEFT. One way a process, so that memory is its own.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'mobilenetv2_100' },
    method: { type: 'string', default: 'lora' },
    layers: { type: 'string', multiple: true },
    freeze: { type: 'string' },
    above: { type: 'string' },
    rank: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '8' },
  },
});
const [batch, threads, count] = [values.batch, values.threads, values.steps].map(Number) as [number, number, number];
const plain = createModel(values.model, { size: 224, classes: 7 });
const { method, layers, above } = values;
const adapted =
  method === 'tune'
    ? { model: plain, layers: [], parameters: undefined }
    : adaptModel(
        plain,
        adapterOptions({
          method: method as 'lora',
          rank: Number(values.rank),
          ...(layers && { layers }),
          ...(above !== undefined && { above }),
        }),
      );
const network = classify.network(adapted.model, {});
const runtime = await nativeRuntime({ threads });
const frozen = frozenParameters(network, values.freeze === undefined ? [] : [values.freeze]);
const began = performance.now();
const tg = trainingGraph(
  classify.objective(network, { classes: 7, options: classify.options.parse({}), counts: [1, 1, 1, 1, 1, 1, 1] }),
  {
    trainable: (name) => !frozen.has(name),
    ...(adapted.model.adapted && { keeps: (name) => adapted.model.adapted!.trained.has(name) }),
  },
);
const step = await trainingStep(runtime, tg, initialValues(graph(network.outputs), 0), { threads });
const optimizer = adamW(step.params.length, segmentsOf(step, 0.05));
const feeds = {
  image: images([batch, 3, 224, 224]),
  targets: oneHot(
    Array.from({ length: batch }, (_, i) => i % 7),
    7,
  ),
};
const ms: number[] = [];
const wall: number[] = [];
let first = 0;
for (let i = 0; i < count + 2; i++) {
  const start = process.cpuUsage();
  const at = performance.now();
  await step.run(feeds, batch, 0, i);
  const scale = clipScale(norm(step.grads.values), 1);
  optimizer.step(step.params.values, step.grads.values, 1e-3, i + 1, scale);
  if (i === 0) first = performance.now() - began;
  const { user, system } = process.cpuUsage(start);
  ms.push((user + system) / 1000);
  wall.push(performance.now() - at);
}
const middle = (x: readonly number[]) => x.slice(2).sort((a, b) => a - b)[Math.floor((x.length - 2) / 2)]!;
const { cpu, cores } = describeMachine(runtime);
console.log(
  JSON.stringify({
    side: 'yosegi',
    model: values.model,
    method,
    layers: adapted.layers.length,
    ...(values.freeze !== undefined && { frozen: values.freeze }),
    learned: adapted.parameters ?? step.params.length,
    batch,
    threads,
    processorMs: Math.round(middle(ms)),
    wallMs: Math.round(middle(wall)),
    imagesPerProcessorSecond: Number(((1000 * batch) / middle(ms)).toFixed(1)),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    firstStepSeconds: Number((first / 1000).toFixed(1)),
    machine: `${cpu}, ${cores} cores`,
  }),
);
await step.close();
