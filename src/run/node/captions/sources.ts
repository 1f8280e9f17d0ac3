import type { Dataset } from '../../../feed/node/dataset.ts';
import type { Program, Runtime } from '../../../runtime/runtime.ts';
import type { BatchSource } from '../../../tasks/batch.ts';
import type { Split } from '../../../tasks/splits.ts';
import { type CaptionTable, captionedSource } from '../../../train/captioned.ts';
import type { Run } from '../../records.ts';
import { taskOptionsOf } from '../../task-options.ts';
import { openRunTokenizer } from './files.ts';
import { openFrozenReader, shapeOf } from './open.ts';
import { featureTable, tokenTable } from './table.ts';
import { toldApart } from './told-apart.ts';

/** A run's pictures, and who wants to hear of it. */
export interface Told {
  readonly folder: string;
  readonly run: Run;
  readonly dataset: Dataset;
  readonly runtime: Runtime;
  readonly onCaption?: (done: number, of: number) => void;
}

/** Batches to train on, and to judge after an epoch, with what is told of their pictures; as they are where nothing is. */
export async function captionedSources<S extends { readonly train: BatchSource; readonly val?: BatchSource }>(
  sources: S,
  told: Told,
  seed: number,
): Promise<S> {
  const { captioned } = told.dataset.task;
  const table = await tableOf(told, ['train', 'val'], true);
  if (!table || !captioned) return sources;
  const { captions, wish } = captioned;
  const { dropout } = wish(taskOptionsOf(told.run));
  return {
    ...sources,
    train: captionedSource(sources.train, { captions, table, varied: { seed, dropout } }),
    ...(sources.val && { val: captionedSource(sources.val, { captions, table }) }),
  };
}

/** Batches that are judged, with what is told of their pictures, and how well it is told apart; undefined where nothing is told. */
export async function captionedJudged(source: BatchSource, told: Told, split: Split) {
  const { captioned } = told.dataset.task;
  const table = await tableOf(told, [split], false);
  if (!table || !captioned) return undefined;
  const targets = told.dataset.items[split].map(({ target }) => target);
  return {
    source: captionedSource(source, { captions: captioned.captions, table }),
    apart: (program: Program, onTried?: (done: number, of: number) => void) =>
      toldApart({ program, source, table, captioned, targets, onTried }),
  };
}

/** What the captions of these splits are as inputs of the run's network; undefined where it is told none. */
async function tableOf(
  { folder, run, dataset: { task, items }, runtime, onCaption }: Told,
  of: readonly Split[],
  kept: boolean,
): Promise<CaptionTable | undefined> {
  const shape = shapeOf(run, task);
  if (!shape) return undefined;
  const reader = await openFrozenReader(folder, run, runtime, task);
  if (!reader) return tokenTable(await openRunTokenizer(folder, run), shape);
  try {
    const said = of.flatMap((split) => items[split].flatMap(({ target }) => task.captioned?.captions(target) ?? []));
    return await featureTable(reader, said, {
      encoder: run.captions?.sha256.encoder ?? '',
      ...(kept && { keep: folder }),
      ...(onCaption && { onCaption }),
    });
  } finally {
    await reader.close();
  }
}
