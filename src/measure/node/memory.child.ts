import { readFile } from 'node:fs/promises';
import { messageOf } from '../../base/errors.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { inputsOf, randomFeeds } from '../feeds.ts';
import type { Footprint, FootprintReply, FootprintTask } from './memory.ts';

/** Entry of the process that {@link measureFootprint} starts: it takes one task and answers once. */

const MIB = 2 ** 20;
/** Highest resident memory of this process so far (Linux, macOS and Windows report it in KiB through Node). */
const peak = () => process.resourceUsage().maxRSS * 1024;

async function measure(task: FootprintTask): Promise<Footprint> {
  const device = task.runtime === 'onnxruntime-node' ? 'native' : 'wasm';
  const runtime = await openRuntime({ device, threads: task.threads });
  const before = process.memoryUsage.rss();
  const peakBefore = peak();
  let highest = before;
  const look = () => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const start = performance.now();
  const bytes = await readFile(task.model);
  const program = await runtime.load(bytes, { threads: task.threads });
  const loadMs = performance.now() - start;
  look();
  const feeds = randomFeeds(inputsOf(decodeModel(bytes)), task.batch, task.size);
  for (let i = 0; i < task.runs; i++) {
    await program.run(feeds);
    look();
  }
  // The system's own peak counts only when it was reached after loading began, not while Node started.
  if (peak() > peakBefore) highest = Math.max(highest, peak());
  await program.close();
  return { loadMs, memoryMiB: (highest - before) / MIB, processMiB: Math.max(highest, peak()) / MIB };
}

process.once('message', (task: FootprintTask) => {
  const answer = (reply: FootprintReply) => process.send!(reply, () => process.disconnect());
  measure(task).then(answer, (error) => answer({ error: messageOf(error) }));
});
