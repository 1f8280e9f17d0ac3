import { classifier } from '../src/models/model.ts';
import { initialValues } from '../src/nn/init.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { images, oneHot, trainIteration } from './steps.ts';
import { modelKeys, modelOf, subjects } from './subjects.ts';

/**
 * Milliseconds of processor time of one training step on one thread, least and median: `npx tsx bench/step-time.ts [nano regnety …]
 * [steps]`. For a change to a gradient: run it before and after, in turns. Processor time stays comparable where others use the
 * machine.
 */
const words = process.argv.slice(2);
const count = Number(words.find((w) => /^\d+$/.test(w)) ?? 15);
const wanted = words.filter((w) => !/^\d+$/.test(w));
const runtime = await nativeRuntime({ threads: 1 });

for (const s of subjects(wanted.length > 0 ? wanted : modelKeys, 'train', true)) {
  const model = modelOf(s);
  const targets = oneHot(
    Array.from({ length: s.batch }, (_, i) => (i * 7) % s.classes),
    s.classes,
  );
  const weights = initialValues(classifier(model), 0);
  const job = await trainIteration(runtime, model, weights, images([s.batch, 3, s.size, s.size]), targets);
  const ms: number[] = [];
  for (let i = 0; i < count + 2; i++) {
    const start = process.cpuUsage();
    await job.run();
    const { user, system } = process.cpuUsage(start);
    ms.push((user + system) / 1000);
  }
  await job.close();
  // The first two warm up.
  const sorted = ms.slice(2).sort((a, b) => a - b);
  const [least, median] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!];
  console.log(`${s.model}, batch ${s.batch}: least ${least.toFixed(1)} ms, median ${median.toFixed(1)} ms`);
}
