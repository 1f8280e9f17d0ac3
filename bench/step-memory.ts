import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bytesText, digits } from '../src/base/text/numbers.ts';
import { table } from '../src/base/text/table.ts';
import { input } from '../src/graph/value.ts';
import { classifier } from '../src/models/model.ts';
import { initialValues } from '../src/nn/init.ts';
import { crossEntropy } from '../src/tasks/classify/cross-entropy.ts';
import { trainingGraph } from '../src/train/graph.ts';
import { trainingStep } from '../src/train/step.ts';
import { shown } from './load.ts';
import { ourRuntime } from './our-runtime.ts';
import { images, oneHot } from './steps.ts';
import { modelKeys, modelOf, type Subject, subjects } from './subjects.ts';

/**
 * `npx tsx bench/step-memory.ts [nano regnety …] [--limits 1,0.7,0.5,0]` (Linux): what the values of a training step are expected to take in
 * memory beside what they take: the most that a process of its own holds during three steps, less what it held before the first. Limits are
 * shares of what a step without one keeps; 0 computes everything twice that saves memory.
 */
const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limits: { type: 'string', default: '1,0.7,0.5,0' },
    steps: { type: 'string', default: '3' },
    child: { type: 'boolean', default: false },
  },
});

/** What a child found; bytes. */
interface Found {
  readonly peak: number;
  readonly share: number;
  readonly gradients: number;
  readonly measured: number;
  readonly process: number;
  readonly planMs: number;
  readonly ms: readonly number[];
}

const status = (field: string) =>
  1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]);

async function child([key, limit]: readonly string[]): Promise<Found> {
  const s = subjects([key!], 'train', false)[0]!;
  const model = modelOf(s);
  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', model.classes]));
  const tg = trainingGraph({ loss, outputs: { logits: model.logits } });
  const runtime = await ourRuntime(availableParallelism());
  const step = await trainingStep(runtime, tg, initialValues(classifier(model), 0));
  if (limit !== undefined) await step.limit(Number(limit));
  const begun = performance.now();
  const { peak, share } = await step.memory(s.batch);
  const planMs = performance.now() - begun;
  const labels = Array.from({ length: s.batch }, (_, i) => (i * 7) % s.classes);
  const feeds = { image: images([s.batch, 3, s.size, s.size]), targets: oneHot(labels, s.classes) };
  // Gradients are touched when they are first written.
  step.grads.values.fill(0);
  writeFileSync('/proc/self/clear_refs', '5');
  const before = status('VmRSS');
  const ms: number[] = [];
  for (let i = 0; i < Number(o.steps); i++) {
    const start = performance.now();
    await step.run(feeds, s.batch, 0, i);
    ms.push(performance.now() - start);
  }
  const most = status('VmHWM');
  return { peak, share, gradients: step.grads.values.byteLength, measured: most - before, process: most, planMs, ms };
}

function ask(s: Subject, key: string, limit?: number): Found {
  const file = fileURLToPath(import.meta.url);
  const args = [
    '--import',
    'tsx',
    file,
    '--child',
    '--steps',
    o.steps,
    key,
    ...(limit === undefined ? [] : [String(limit)]),
  ];
  console.error(`${s.model}${limit === undefined ? '' : `, at most ${bytesText(limit)}`}`);
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Found;
}

if (o.child) console.log(JSON.stringify(await child(positionals)));
else {
  for (const key of positionals.length > 0 ? positionals : modelKeys) {
    const s = subjects([key], 'train', false)[0]!;
    const before = shown(loadavg());
    const whole = ask(s, key);
    const rows = o.limits.split(',').map((share) => {
      const limit = Number(share) >= 1 ? undefined : Number(share) * whole.peak;
      const {
        peak,
        measured,
        process: all,
        share: twice,
        ms,
        planMs,
      } = limit === undefined ? whole : ask(s, key, limit);
      return [
        limit === undefined ? 'none' : bytesText(limit),
        bytesText(peak),
        bytesText(measured),
        `${digits(100 * (peak / measured - 1))} %`,
        bytesText(all),
        `${digits(100 * twice)} %`,
        digits(Math.min(...ms)),
        digits(planMs),
      ];
    });
    console.log(
      `${s.model} ${s.size} px, batch ${s.batch}; load average ${before} before and ${shown(loadavg())} after`,
    );
    const head = ['limit', 'expected', 'measured', 'off by', 'whole process', 'done twice', 'step ms', 'load ms'];
    console.log(table([head, ...rows]));
  }
}
