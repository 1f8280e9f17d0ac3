import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { permutation, random } from '../../base/random.ts';
import { spread } from '../../base/spread.ts';
import type { Tensor } from '../../base/tensor.ts';
import { percent } from '../../base/text/percent.ts';
import { lookOf, nearestOf, shareOfCopies } from '../../feed/copies.ts';
import type { Small } from '../../feed/near.ts';
import type { Dataset, Item } from '../../feed/node/dataset.ts';
import { rowsSheet, writePng } from '../../feed/node/sheet.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { COPYING, type PictureWish } from '../../tasks/making.ts';
import type { Network, Task } from '../../tasks/task.ts';
import type { Epoch } from '../../train/epoch.ts';
import type { Run } from '../records.ts';
import type { Settings } from '../settings.ts';
import { looksOf, pixelsOf } from './looks.ts';
import { makerWith } from './maker.ts';

/** Few and coarse: a look on the way must not cost much of the training. */
const CLASSES = 12;
const EACH = 4;
const STEPS = 10;
/** Pictures trained on that made ones are compared with, at most: a warning needs no more, and each is decoded for it. */
const KNOWN = 20_000;

interface Showing {
  readonly out: string;
  readonly run: Run;
  readonly settings: Settings;
  readonly task: Task;
  readonly network: Network;
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

/** What made pictures are compared with. */
interface Known {
  readonly items: readonly Item[];
  readonly looks: readonly Small[];
  /** Share of the validation pictures that are nearly equal to one that is trained on. */
  readonly ofReal: number;
}

/**
 * After every so many epochs, where the task makes pictures: a sheet of some that the network makes as it would be shipped now, in
 * `progress/` of the run's folder, and right of them the most alike that it is trained on. The seeds are always the same, so that one sees what
 * changes. Where more are nearly equal to one trained on than validation pictures are, it is said. Training goes on as without it.
 */
export function showingMade(showing: Showing) {
  const { out, run, settings, task, network, runtime, dataset, signal, onNotice } = showing;
  let comparing: Promise<Known> | undefined;
  return async ({ epoch }: Epoch, weights: () => ReadonlyMap<string, Tensor<'float32'>>): Promise<void> => {
    const every = task.makes?.showEvery(settings.task) ?? 0;
    const last = epoch + 1 === settings.train.epochs;
    if (every === 0 || signal?.aborted || ((epoch + 1) % every !== 0 && !last)) return;
    try {
      comparing ??= knownOf(dataset, run, settings.train.seed);
      const known = await comparing;
      const maker = await makerWith(out, run, runtime, { task, network, weights: weights() });
      try {
        const shown = shownWishes(run, dataset);
        const wanted = shown.flatMap(({ wish }) => Array.from({ length: EACH }, (_, seed) => ({ ...wish, seed })));
        const { pictures } = await maker.make(wanted, { making: { steps: STEPS } });
        const looks = pictures.map(lookOf);
        const nearest = looks.map((look) => known.items[nearestOf(look, known.looks).at]!);
        const alike = await pixelsOf(dataset, nearest, run.preprocessing);
        const rows = shown.map(({ name }, i) => {
          const own = [i * EACH, (i + 1) * EACH] as const;
          return {
            name: `${name}: ${EACH} made, and the most alike trained on`,
            pictures: [...pictures.slice(...own), ...alike.slice(...own)],
          };
        });
        await mkdir(join(out, 'progress'), { recursive: true });
        const file = join(out, 'progress', `epoch-${String(epoch + 1).padStart(4, '0')}.png`);
        await writePng(file, await rowsSheet(rows));
        onNotice?.(`pictures on the way: ${file}`);
        const copies = shareOfCopies(looks, known.looks);
        if (copies - known.ofReal > COPYING) onNotice?.(repeating(copies, known.ofReal));
      } finally {
        await maker.close();
      }
    } catch (error) {
      onNotice?.(`no pictures on the way this time: ${messageOf(error)}`);
    }
  };
}

/** What is shown: some classes, or some captions of validation pictures, always the same. */
function shownWishes(run: Run, { items, task }: Dataset): { readonly name: string; readonly wish: PictureWish }[] {
  if (run.classes.length > 0) return run.classes.slice(0, CLASSES).map((name, label) => ({ name, wish: { label } }));
  const from = items.val.length > 0 ? items.val : items.train;
  return spread(from, CLASSES).map(({ target }) => {
    const wish = task.makes!.wish(target);
    return { name: wish.text ?? '', wish };
  });
}

async function knownOf(dataset: Dataset, { preprocessing: p }: Run, seed: number): Promise<Known> {
  const { train, val } = dataset.items;
  const items = Array.from(permutation(random(seed, 'known'), train.length).slice(0, KNOWN), (i) => train[i]!);
  const looks = await looksOf(dataset, items, p);
  return { items, looks, ofReal: shareOfCopies(await looksOf(dataset, val.slice(0, KNOWN), p), looks) };
}

const repeating = (made: number, real: number): string =>
  `it begins to repeat what it is trained on: ${percent(made)} of these pictures are nearly equal to one of those, of the validation ` +
  `pictures ${percent(real)}. Fewer epochs, a smaller network or more pictures help`;
