import { rm } from 'node:fs/promises';
import { rowsSheet, writePng } from '../src/feed/node/sheet.ts';
import type { TrainRunResult } from '../src/run/node/fit.ts';
import { bestMaker } from '../src/run/node/maker.ts';
import { loadRun } from '../src/run/node/run-folder.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import type { PictureWish } from '../src/tasks/making.ts';
import type { Recipe } from './carry-out.ts';

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A training that lasts as long as others, by processor time: what the clock would say of one core that does nothing else. */
export interface Timed extends TrainRunResult {
  readonly epochs: number;
  /** Seconds, from the call to the end of the last epoch: of processors, and by the clock. */
  readonly processor: number;
  readonly seconds: number;
}

/** Trains so many epochs; with the processor's seconds since the call at the end of each. */
async function trained(run: Recipe['run'], out: string, epochs: number) {
  const [before, started] = [processorSeconds(), performance.now()];
  const ends: number[] = [];
  const done = await trainRun({
    ...run,
    ...{ out, force: true, train: { checkpointSeconds: 120, ...run.train, epochs } },
    hooks: {
      onNotice: console.error,
      onEpoch: (e) => {
        ends.push(processorSeconds() - before);
        console.error(
          `${out}: epoch ${e.epoch + 1} of ${epochs}, loss ${e.trainLoss.toFixed(4)} val ${e.val?.loss?.toFixed(4) ?? '–'}`,
        );
      },
    },
  });
  return { ...done, ends, seconds: (performance.now() - started) / 1000 };
}

/** Trains as many epochs as so many seconds of a processor hold, at the pace of the second of two that are trained before. */
export async function trainedFor(seconds: number, run: Recipe['run'], out: string): Promise<Timed> {
  const pace = `${out}-pace`;
  const { ends } = await trained(run, pace, 2);
  await rm(pace, { recursive: true, force: true });
  const epochs = Math.max(2, Math.round(seconds / (ends[1]! - ends[0]!)));
  const done = await trained(run, out, epochs);
  return { ...done, epochs, processor: Math.round(done.ends.at(-1)!), seconds: Math.round(done.seconds) };
}

/** A row of pictures of each wish, seeds from 0, written to `path`. */
export async function writeSheet(
  run: string,
  path: string,
  rows: (classes: readonly string[]) => readonly { readonly name: string; readonly wish: PictureWish }[],
  making: object,
): Promise<void> {
  const maker = await bestMaker(await loadRun(run), await nativeRuntime({ threads: 1 }));
  const made = [];
  for (const { name, wish } of rows(maker.classes)) {
    const wishes = Array.from({ length: 8 }, (_, seed) => ({ ...wish, seed }));
    made.push({ name, pictures: (await maker.make(wishes, { making })).pictures });
  }
  await maker.close();
  await writePng(path, await rowsSheet(made));
}
