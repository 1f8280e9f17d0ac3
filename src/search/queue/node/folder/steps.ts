import { randomUUID } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../../../base/node/error-code.ts';
import { type ProcessName, thisProcess } from '../../../../base/node/process.ts';
import { answerSchema, type TrialAnswer } from '../../queue.ts';

/**
 * The life of a trial is a folder of numbered files, `1.json`, `2.json`, …, each made once by one process (`placeOnce`). The last one says how
 * the trial stands; whoever wants to change that makes the next, and fails where another was first. So a worker whose lease was given to
 * another cannot answer: the place of its answer is taken.
 */
const processSchema = z.object({ pid: z.int(), started: z.string(), host: z.string(), machine: z.string() });
const stepSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lease'), mark: z.string(), by: z.string(), process: processSchema }),
  z.object({ kind: z.literal('back'), mark: z.string() }),
  z.object({ kind: z.literal('answer'), mark: z.string(), answer: answerSchema }),
  z.object({ kind: z.literal('withdrawn'), mark: z.string() }),
]);
type Step = z.output<typeof stepSchema>;

/** How a trial stands. */
export interface Last {
  /** 0: nobody has touched it. */
  readonly number: number;
  readonly path: string;
  /** Undefined where there is none, or it was cut off while it was written. */
  readonly step: Step | undefined;
  /** When it was touched last, by the clock of whoever did. */
  readonly touched: number;
}

/** The last step of a trial; undefined where the trial is not there. */
export async function lastStep(folder: string): Promise<Last | undefined> {
  const names = await readdir(folder).catch(unlessGone);
  if (!names) return undefined;
  const number = Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  const path = stepPath(folder, number);
  if (number === 0) return { number, path, step: undefined, touched: 0 };
  // Opened, not only looked at: network shares ask the server then.
  const file = await open(path, 'r').catch(unlessGone);
  if (!file) return undefined;
  try {
    const touched = (await file.stat()).mtimeMs;
    return { number, path, step: stepOf(await file.readFile('utf8')), touched };
  } finally {
    await file.close();
  }
}

/** How many had a trial before the step `number` and neither answered nor gave it back. */
export async function silentBefore(folder: string, number: number): Promise<number> {
  const before = Array.from({ length: number - 1 }, (_, i) => stepPath(folder, i + 1));
  const steps = await Promise.all(before.map(async (path) => stepOf(await readFile(path, 'utf8').catch(() => ''))));
  return before.length - 2 * steps.filter((step) => step?.kind === 'back').length;
}

export const stepPath = (folder: string, number: number): string => join(folder, `${number}.json`);

/** Steps as they are written: no two alike. */
export const leaseText = (by: string, process: ProcessName = thisProcess()): string =>
  textOf({ kind: 'lease', mark: randomUUID(), by, process: { ...process } });
export const answerText = (answer: TrialAnswer): string => textOf({ kind: 'answer', mark: randomUUID(), answer });
export const endText = (kind: 'back' | 'withdrawn'): string => textOf({ kind, mark: randomUUID() });

const textOf = (step: Step): string => `${JSON.stringify(step)}\n`;

function stepOf(text: string): Step | undefined {
  try {
    return stepSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unlessGone(error: unknown): undefined {
  // ESTALE: a network share's word for what another machine took away.
  if (!['ENOENT', 'ENOTDIR', 'ESTALE'].includes(codeOf(error))) throw error;
}
