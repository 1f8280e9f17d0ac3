import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../../../../base/errors.ts';
import { atomicWrite } from '../../../../base/node/atomic.ts';
import { codeOf } from '../../../../base/node/error-code.ts';
import { clearLeftovers, pathBeside } from '../../../../base/node/leftovers.ts';
import { readJson } from '../../../../base/node/read-json.ts';
import { type AskedTrial, askedSchema, type Lease, type TrialQueue } from '../../queue.ts';
import { Heard } from './heard.ts';
import { held } from './lease.ts';
import { placeOnce } from './once.ts';
import { endText, type Last, lastStep, leaseText, silentBefore, stepPath } from './steps.ts';

/** What makes a folder a queue. */
const QUEUE_FILE = 'queue.json';
const ASKED_FILE = 'asked.json';
const queueSchema = z.strictObject({ format: z.literal(1), kind: z.literal('yosegi-queue') });

export interface FolderQueueOptions {
  /** Milliseconds that a lease lasts without a sign of its holder. */
  readonly lasts?: number;
  /** Milliseconds from one sign of life to the next. */
  readonly beat?: number;
  /** How a step is written; another in tests. */
  readonly place?: typeof placeOnce;
}

/**
 * A queue that is a folder, on one machine or on a share that all mount: no server. Each trial is a folder of its own in `trials`, with the
 * question and the steps of its life (steps.ts); it comes and goes whole.
 * @throws YosegiError where the folder holds something else
 */
export async function folderQueue(folder: string, options: FolderQueueOptions = {}): Promise<TrialQueue> {
  const trials = await opened(folder);
  const { lasts = 120_000, beat = 20_000, place = placeOnce } = options;
  const heard = new Heard(lasts);
  const at = (id: string) => join(trials, id);
  const ids = async () => (await readdir(trials)).filter((name) => !name.startsWith('.'));
  const questionOf = (id: string) => readJson(join(at(id), ASKED_FILE), askedSchema, ADVICE);
  const free = (last: Last) => {
    const { number, step } = last;
    return number === 0 || step?.kind === 'back' || ((!step || step.kind === 'lease') && heard.ended(last));
  };
  // Trials that wait for the search, not for a worker.
  let answered = new Set<string>();
  const taken = async (id: string, worker: string): Promise<Lease | undefined> => {
    const last = await lastStep(at(id));
    if (last?.step?.kind === 'answer') answered.add(id);
    if (!last || !free(last)) return undefined;
    const token = last.number + 1;
    if (!(await place(stepPath(at(id), token), leaseText(worker)))) return undefined;
    // Gone where the search has settled it meanwhile.
    const trial = await questionOf(id);
    if (!trial) return undefined;
    return held(trial, { folder: at(id), token, silent: await silentBefore(at(id), token), beat, place });
  };
  return {
    async ask(trial) {
      const last = await lastStep(at(trial.id));
      if (last && last.step?.kind !== 'withdrawn') return;
      if (last) await removed(at(trial.id));
      await putIn(at(trial.id), trial);
    },
    async asked(search) {
      const all = await Promise.all((await ids()).map(questionOf));
      return all.filter((trial) => trial?.search === search) as AskedTrial[];
    },
    async look(id) {
      const last = await lastStep(at(id));
      if (!last || last.step?.kind === 'withdrawn') return { kind: 'missing' };
      if (last.step?.kind === 'answer') return { kind: 'answered', answer: last.step.answer };
      return { kind: free(last) ? 'waiting' : 'taken' };
    },
    settle: (id) => removed(at(id)),
    async withdraw(id) {
      const last = await lastStep(at(id));
      if (!last) return true;
      if (last.step?.kind !== 'withdrawn') {
        if (!free(last) || !(await place(stepPath(at(id), last.number + 1), endText('withdrawn')))) return false;
      }
      await removed(at(id));
      return true;
    },
    async take(worker) {
      const there = await ids();
      answered = new Set(there.filter((id) => answered.has(id)));
      for (const id of there) {
        const lease = answered.has(id) ? undefined : await taken(id, worker);
        if (lease) return lease;
      }
      return undefined;
    },
    async close() {},
  };
}

const ADVICE = 'Use one version of yosegi on all machines of a queue, or take the folder of this trial away';

/** Makes the folder a queue where it is new or empty. */
async function opened(folder: string): Promise<string> {
  const advice = `Choose another folder, or update yosegi`;
  const there = await readJson(join(folder, QUEUE_FILE), queueSchema, advice);
  const trials = join(folder, 'trials');
  try {
    await mkdir(folder, { recursive: true });
    const others = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    // Two that open the same new folder at a time write the same.
    const own = others.every((name) => [QUEUE_FILE, basename(trials)].includes(name));
    check(there || own, () => `${folder} is not empty and no queue: choose another folder for --queue`);
    if (!there) await atomicWrite(join(folder, QUEUE_FILE), `${JSON.stringify({ format: 1, kind: 'yosegi-queue' })}\n`);
    await mkdir(trials, { recursive: true });
  } catch (error) {
    if (error instanceof YosegiError) throw error;
    throw new YosegiError(`cannot use ${folder} as a queue: ${messageOf(error)}`, { cause: error });
  }
  await clearLeftovers(trials);
  return trials;
}

/** A trial is there whole or not at all. */
async function putIn(place: string, trial: AskedTrial): Promise<void> {
  const fresh = pathBeside(place, 'new');
  try {
    await mkdir(fresh);
    await atomicWrite(join(fresh, ASKED_FILE), `${JSON.stringify(trial, null, 2)}\n`);
    await rename(fresh, place);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Somebody else was faster.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** Out of sight in one step; what a share holds open for a moment is cleared another time. */
async function removed(place: string): Promise<void> {
  const away = pathBeside(place, 'new');
  try {
    await rename(place, away);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(away, { recursive: true, force: true }).catch(() => {});
}
