import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { check, YosegiError } from '../base/errors.ts';
import { digits } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import { type JoinedCosts, joinedCosts } from '../bundle/node/joined/costs.ts';
import { preprocessing as preprocessingOf } from '../data/preprocess.ts';
import { measureRunPolicy } from '../exits/node/policy-timer.ts';
import { measuredText } from '../exits/text.ts';
import { benchmarkText } from '../measure/benchmark-text.ts';
import { defaultEffort } from '../measure/interleave.ts';
import type { Progress } from '../measure/measure-program.ts';
import { benchmarkFile } from '../measure/node/benchmark.ts';
import { defaultPrices } from '../measure/price.ts';
import type { LoadedRun } from '../run/node/run-folder.ts';
import { stampOf, writeStamped } from '../run/node/stamped.ts';
import { type Device, devices, openRuntime } from '../runtime/node/open.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { choice, number, size, whole } from './arguments.ts';
import { benchBank } from './bench-bank.ts';
import { openSubject, type Subject } from './bench-subject.ts';
import { statusLine } from './progress.ts';

interface Flags {
  threads?: number[];
  batches?: number[];
  seconds: number;
  runs: number;
  size?: [number, number];
  image?: string;
  device: Device;
  watts: number;
  pricePerKwh: number;
  pricePerHour: number;
  currency: string;
  json?: boolean;
  diff?: string;
  bank?: string[];
  bankTasks: number[];
}

/** `yosegi bench RUN|BUNDLE|MODEL.onnx`: speed, memory and cost on this machine; written to bench.json in a run's folder. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure latency, throughput, memory and the cost of a million images on this machine')
    .argument('<model>', 'the folder of a run, of a bundle or of an imported model, or an .onnx file')
    .option('--diff <folder>', 'with a backbone: a task that was learned beside it (yosegi adapt)')
    .option(
      '--bank <diffs...>',
      'with a backbone: all of these tasks in one session of it, beside as many merged copies',
    )
    .option('--bank-tasks <list>', 'with --bank: how many tasks; diffs stand for several', list(1024), [1, 10, 40])
    .option('--threads <list>', 'numbers of threads, e.g. 1,2 (default: one, and all cores)', list(1024))
    .option('--batches <list>', 'batch sizes (default: 1,2,4,8,16,32)', list(65_536))
    .option('--seconds <s>', 'most time for each pair of threads and batch size', number(0.01), 2)
    .option('--runs <n>', 'most runs of each pair', whole(1, 1e6), 200)
    .option('--size <pixels>', 'image size, for an .onnx file that leaves it open', size)
    .option('--image <file>', 'a picture: also time its decoding and resizing')
    .addOption(choice('--device <device>', 'where it runs', devices).default('auto'))
    .option('--watts <w>', 'power of this machine under load (an assumption)', number(0), defaultPrices.watts)
    .option('--price-per-kwh <p>', 'price of electricity', number(0), defaultPrices.pricePerKwh)
    .option('--price-per-hour <p>', 'rent of such a machine for an hour', number(0), defaultPrices.pricePerCloudHour)
    .option('--currency <name>', 'of the prices', defaultPrices.currency)
    .option('--json', 'print everything as JSON')
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  if (flags.bank) return benchBank(path, { ...flags, bank: flags.bank });
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const line = statusLine();
  const subject = await openSubject(path, flags.diff);
  try {
    // In WebAssembly the runtime decides about threads.
    const threads = flags.threads?.length === 1 ? flags.threads[0] : undefined;
    const runtime = await openRuntime({ device: flags.device, threads, onNotice: note });
    const { watts, pricePerKwh, pricePerHour: pricePerCloudHour, currency } = flags;
    const benchmark = await benchmarkFile(subject.file, {
      runtime,
      model: subject.name,
      parameters: subject.parameters,
      macs: subject.macs,
      threads: flags.threads,
      batches: flags.batches,
      seconds: flags.seconds,
      runs: flags.runs,
      size: flags.size,
      picture: pictureOf(flags, subject),
      prices: { watts, pricePerKwh, pricePerCloudHour, currency },
      onProgress: (progress) => line.show(progressText(progress)),
    });
    const tasks =
      subject.members &&
      (await joinedCosts(await readFile(subject.file), subject.members, runtime, {
        seconds: flags.seconds,
        runs: flags.runs,
        warmup: defaultEffort.warmup,
        ...(threads !== undefined && { threads }),
        onProgress: (share) => line.show(`measuring its tasks ${percent(share, 0)}`),
      }));
    const early = subject.run && (await policyTimes(subject.run, runtime, { threads, note, show: line.show }));
    const { record, run } = subject;
    const belongsTo = record && run && (await stampOf(record, run.run, runtime, null));
    await runtime.close();
    const text = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
    if (record && belongsTo) await writeStamped(join(record, 'bench.json'), benchmark, belongsTo);
    const parts = [
      benchmarkText(benchmark),
      ...(tasks ? [tasksText(tasks)] : []),
      ...(early ? [earlyText(early)] : []),
    ];
    if (flags.json) process.stdout.write(text({ ...benchmark, ...(tasks && { tasks }), ...(early && { early }) }));
    else process.stdout.write(`${parts.join('\n\n')}\n`);
    if (subject.makes)
      note(
        'an image here is one look of the network at a noisy picture: yosegi generate says how many a picture takes',
      );
    if (subject.record) note(`wrote ${join(subject.record, 'bench.json')}`);
  } finally {
    line.clear();
    await subject.close();
  }
}

/** Of a run with a policy: what images of its own take when they may leave early. */
async function policyTimes(
  run: LoadedRun,
  runtime: Runtime,
  { threads, note, show }: { threads?: number; note: (line: string) => void; show: (text: string) => void },
) {
  try {
    const onProgress = (share: number) => show(`timing the exits ${percent(share, 0)}`);
    return await measureRunPolicy(run, runtime, { threads, onProgress });
  } catch (error) {
    // The speed of the network itself is worth having without its images.
    if (!(error instanceof YosegiError)) throw error;
    note(`the policy in exits.json was not timed: ${error.message}`);
    return undefined;
  }
}

/** What each task of joined runs costs, and what they would cost apart. */
function tasksText({ joined, apart, members, threads }: JoinedCosts): string {
  const rows = members.map(({ name, task, adds, alone }) => [name, task, digits(adds), digits(alone)]);
  const heading = [
    `tasks: ms a picture, ${threads} thread${threads === 1 ? '' : 's'}, medians`,
    'task',
    'adds',
    'alone',
  ];
  const sum = `joined ${digits(joined)} ms, as separate models one after another ${digits(apart)} ms: ${digits(apart / joined)} times as long`;
  return `${table([heading, ...rows], { left: [0, 1] })}\n${sum}`;
}

const earlyText = (early: NonNullable<Awaited<ReturnType<typeof policyTimes>>>) =>
  `images that leave early (exits.json), batch 1, ${early.threads} thread${early.threads === 1 ? '' : 's'}, the ${early.split} split:\n` +
  `  ${measuredText(early)}`;

function pictureOf({ image, size }: Flags, subject: Subject) {
  if (image === undefined) return undefined;
  const preprocessing = subject.preprocessing ?? (size && preprocessingOf({ size }));
  check(preprocessing, '--image needs to know what size pictures become: give --size as well');
  return { file: image, preprocessing };
}

/** Whole numbers with commas between, e.g. `1,8,32`. */
function list(high: number): (text: string) => number[] {
  return (text) => text.split(',').map(whole(1, high));
}

const progressText = ({ share, threads, batch }: Progress) =>
  `measuring ${percent(share, 0)} (${threads} thread${threads === 1 ? '' : 's'}, batch ${batch})`;
