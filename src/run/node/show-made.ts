import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { rowsSheet, writePng } from '../../feed/node/sheet.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Network, Task } from '../../tasks/task.ts';
import type { Epoch } from '../../train/epoch.ts';
import type { Run } from '../records.ts';
import type { Settings } from '../settings.ts';
import { runMaker, shippedProgram } from './maker.ts';

/** Few and coarse: a look on the way must not cost much of the training. */
const CLASSES = 12;
const EACH = 4;
const STEPS = 10;

interface Showing {
  readonly out: string;
  readonly run: Run;
  readonly settings: Settings;
  readonly task: Task;
  readonly network: Network;
  readonly runtime: Runtime;
  readonly weights: () => ReadonlyMap<string, Tensor<'float32'>>;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

/**
 * After every so many epochs, where the task makes pictures: a sheet of some that the network makes as it would be shipped now, in
 * `progress/` of the run's folder. The seeds are always the same, so that one sees what changes. Training goes on as without it.
 */
export async function showMade(
  { out, run, settings, task, network, runtime, weights, signal, onNotice }: Showing,
  { epoch }: Epoch,
): Promise<void> {
  const every = task.makes?.showEvery(settings.task) ?? 0;
  const last = epoch + 1 === settings.train.epochs;
  if (every === 0 || signal?.aborted || ((epoch + 1) % every !== 0 && !last)) return;
  try {
    const program = await shippedProgram(runtime, task, network, weights());
    const maker = runMaker(run, program);
    try {
      const shown = run.classes.slice(0, CLASSES);
      const wanted = shown.flatMap((_, label) => Array.from({ length: EACH }, (_, seed) => ({ label, seed })));
      const { pictures } = await maker.make(wanted, { making: { steps: STEPS } });
      const rows = shown.map((name, i) => ({ name, pictures: pictures.slice(i * EACH, (i + 1) * EACH) }));
      await mkdir(join(out, 'progress'), { recursive: true });
      const file = join(out, 'progress', `epoch-${String(epoch + 1).padStart(4, '0')}.png`);
      await writePng(file, await rowsSheet(rows));
      onNotice?.(`pictures on the way: ${file}`);
    } finally {
      await maker.close();
    }
  } catch (error) {
    onNotice?.(`no pictures on the way this time: ${messageOf(error)}`);
  }
}
