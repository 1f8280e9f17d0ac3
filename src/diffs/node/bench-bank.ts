import { check } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import { f32, i64, sizeOf, type Tensor } from '../../base/tensor.ts';
import { deployedModel } from '../../bundle/node/models.ts';
import { type Effort, interleave } from '../../measure/interleave.ts';
import { measureSessions } from '../../measure/node/sessions.ts';
import { percentile } from '../../measure/percentile.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import { ROWS, TASK } from '../bank/graph.ts';
import { type BankFile, bankFile, loadBank } from './bank.ts';
import { openDiff, readDiff } from './read-diff.ts';

/** Tasks in one session beside as many sessions of merged networks. */
export interface BankBenchmark {
  readonly threads: number;
  /** Numbers that one task adds to the bank. */
  readonly width: number;
  /** How far the bank's scores lie from those of the merged networks, at most, over the largest of these. */
  readonly difference: number;
  readonly rows: readonly BankCase[];
}

interface BankCase {
  readonly tasks: number;
  readonly bank: Measured & {
    /** For a picture of a batch of {@link MIXED} whose pictures are of different tasks. */
    readonly mixedMs: number;
  };
  readonly merged: Measured;
}

interface Measured {
  /** Median for one picture, its task another one each time. */
  readonly ms: number;
  readonly loadMs: number;
  readonly memoryMiB: number;
}

/** Pictures of a mixed batch. */
export const MIXED = 8;

export interface BankBenchmarkOptions {
  readonly threads: number;
  /** How many tasks there are; where they are more than the diffs, these stand for several. */
  readonly counts: readonly number[];
  readonly effort: Effort;
}

/** Measures a bank of diffs against merged copies, on this machine; probes take turns. */
export async function benchmarkBank(
  base: string,
  folders: readonly string[],
  runtime: Runtime,
  { threads, counts, effort }: BankBenchmarkOptions,
): Promise<BankBenchmark> {
  const whole = await bankFile(base, folders);
  const files = await Promise.all(
    folders.map(async (folder) => deployedModel(await openDiff(base, await readDiff(folder)))),
  );
  const load = { threads, idle: 'sleep' } as const;
  const [height, width] = whole.preprocessing.size;
  const picture = drawn([1, 3, height, width]);
  const batch = drawn([MIXED, 3, height, width]);
  const difference = await apart(whole, files, runtime, picture);
  const rows: BankCase[] = [];
  for (const tasks of counts) {
    const of = Array.from({ length: tasks }, (_, t) => t % files.length);
    const many: BankFile = { ...whole, tasks: of.map((i) => whole.tasks[i]!), rows: of.map((i) => whole.rows[i]!) };
    const bank = await loadBank(many, runtime, load);
    const merged: Program[] = [];
    for (const i of of) merged.push(await runtime.load(files[i]!, load));
    let turn = 0;
    const next = () => turn++ % tasks;
    const mixed = Array.from({ length: MIXED }, (_, i) => i % tasks);
    const times = await interleave(
      [
        { run: () => bank.run(picture, [next()]) },
        { run: () => merged[next()]!.run({ [whole.image]: picture }) },
        { run: () => bank.run(batch, mixed) },
      ],
      effort,
    );
    const [bankMs, mergedMs, mixedMs] = times.map((t) => percentile(t, 50)) as [number, number, number];
    await bank.close();
    for (const program of merged) await program.close();
    const feeds = { [whole.image]: picture, [ROWS]: f32([1, bank.width], whole.rows[0]!), [TASK]: i64([1], [0]) };
    const one = await measureSessions({ files: [whole.file], load: [0], feeds, threads });
    const all = await measureSessions({ files, load: of, feeds: { [whole.image]: picture }, threads });
    const held = (4 * bank.width * tasks) / 2 ** 20;
    rows.push({
      tasks,
      bank: { ms: bankMs, mixedMs: mixedMs / MIXED, loadMs: one.loadMs, memoryMiB: one.memoryMiB + held },
      merged: { ms: mergedMs, ...all },
    });
  }
  return { threads, width: whole.rows[0]!.length, difference, rows };
}

async function apart(
  whole: BankFile,
  files: readonly Uint8Array[],
  runtime: Runtime,
  picture: Tensor<'float32'>,
): Promise<number> {
  const bank = await loadBank(whole, runtime);
  let [worst, largest] = [0, 0];
  for (const [t, file] of files.entries()) {
    const program = await runtime.load(file);
    const { logits } = await program.run({ [whole.image]: picture });
    const [scores] = await bank.run(picture, [t]);
    check(logits && scores?.length === logits.data.length, 'the bank gives other scores than the merged network');
    scores.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - Number(logits.data[i])));
      largest = Math.max(largest, Math.abs(Number(logits.data[i])));
    });
    await program.close();
  }
  await bank.close();
  return worst / Math.max(1e-12, largest);
}

function drawn(shape: readonly number[]): Tensor<'float32'> {
  const rng = random(0, 'bank');
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.normal()),
  );
}
