import { availableParallelism, totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Background } from '../../data/image.ts';
import { leftAside } from '../../data/node/aside.ts';
import { type DecodeOptions, decodeDefaults } from '../../data/node/decode.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { Layout } from '../../tasks/layout.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Split } from '../../tasks/splits.ts';
import { splitDefaults } from '../options.ts';
import { Engine } from './engine.ts';
import type { Use } from './runner.ts';
import {
  assignSplits,
  type Duplicates,
  type Item,
  learns,
  type Note,
  type Origin,
  type Problem,
  settle,
  sortOut,
} from './settle.ts';

export type { Item, Note, Problem } from './settle.ts';

export interface Dataset<T = unknown> {
  readonly task: NodeTask<T>;
  readonly name: string;
  readonly root: string;
  /** What the folder turned out to be, in words. */
  readonly layout: { readonly kind: string; readonly about: string };
  readonly classes: readonly string[];
  readonly items: Readonly<Record<Split, readonly Item<T>[]>>;
  /** Whether a split came with the data, was drawn here, or is empty. */
  readonly origin: Readonly<Record<Split, Origin>>;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  /** Groups of exact duplicates. */
  readonly duplicates: readonly Duplicates[];
  /** Groups of nearly equal pictures: the same scene again. */
  readonly near: readonly Duplicates[];
  /** Sentences on what was left aside. */
  readonly remarks: readonly string[];
  /** Workers and decoded pixels, for the batch sources. */
  readonly engine: Engine;
  /** Stops the workers and lets go of the pixels. */
  close(): Promise<void>;
}

/** How pictures are decoded, and by whom. */
export interface EngineOptions {
  maxPixels?: number;
  maxBytes?: number;
  /** What shows through transparent pixels; must be the preprocessing's. Default white. */
  background?: Background;
  /** Threads that decode and augment; default one fewer than there are cores, at least 1. 0: the calling thread. */
  workers?: number;
  /** Most bytes of decoded pixels kept in memory; default 1.5 GB or a quarter of the machine's memory. */
  cacheBytes?: number;
}

export interface DatasetOptions extends EngineOptions {
  /** Names the drawn splits; default 0. */
  seed?: number;
  /** Share of train that becomes val where none is given; default 0.1. */
  valFraction?: number;
  /** Share that becomes test where nothing is split at all; default 0.2. */
  testFraction?: number;
  /** Share of files that may be unusable before opening fails; default 0.05. */
  maxBroken?: number;
  /** Names of the classes of IDX files. */
  classNames?: readonly string[];
  /** The task's own options, of which some may say how a folder is read. */
  taskOptions?: unknown;
  /**
   * The preprocessing that training will use: the pixels decoded to check the files are then kept for it, so nothing is
   * decoded twice. Left out, the first epoch decodes again.
   */
  prepare?: Preprocessing;
  /** Hears how many of how many files have been looked into. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Opens a folder of pictures: finds its layout, decodes every picture once (finding broken files, sizes and exact
 * duplicates) and settles the splits. Exact duplicates are never parted by a split that is drawn here.
 * @throws YosegiError when nothing usable is found, or more than `maxBroken` of the files cannot be used
 */
export async function openDataset<T>(
  dir: string,
  task: NodeTask<T>,
  options: DatasetOptions = {},
): Promise<Dataset<T>> {
  const { maxBroken = splitDefaults.maxBroken, prepare } = options;
  const layout = await readLayout(dir, task, { classNames: options.classNames, options: options.taskOptions });
  const background = options.background ?? prepare?.background;
  const engine = engineFor(layout.entries.length, { ...options, ...(background && { background }) });
  try {
    const keep = prepare && { preprocessing: prepare, uses: usesOf(layout, options, task) };
    const looked = await engine.scan(layout.entries, keep, options.onProgress);
    const { items, problems, notes } = sortOut(layout, looked, maxBroken, task);
    const settled = settle(items, layout, options, task, looked);
    return {
      task,
      name: basename(resolve(dir)),
      root: layout.root,
      layout: { kind: layout.kind, about: layout.about },
      classes: layout.classes,
      ...settled,
      problems,
      notes,
      remarks: [...layout.remarks, ...settled.remarks, ...(await leftAside(layout.root))],
      engine,
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Workers and pixel stores for a number of pictures. */
export function engineFor(slots: number, options: EngineOptions): Engine {
  const decode: DecodeOptions = {
    maxPixels: options.maxPixels ?? decodeDefaults.maxPixels,
    maxBytes: options.maxBytes ?? decodeDefaults.maxBytes,
    background: options.background ?? decodeDefaults.background,
  };
  const workers = options.workers ?? Math.max(1, availableParallelism() - 1);
  const cacheBytes = options.cacheBytes ?? Math.min(1.5e9, totalmem() / 4);
  return new Engine({ workers, cacheBytes, decode, slots });
}

/**
 * Which pixels are worth keeping of each entry. The split that has still to be drawn is foreseen as if there were no
 * duplicates; where that turns out wrong for an item, its other pixels are made when they are asked for.
 */
function usesOf<T>({ entries }: Layout<T>, options: DatasetOptions, task: NodeTask<T>): Use[] {
  const items = entries.map(({ path, target, split }) => {
    return { path, kind: task.shows(target)[0] ?? -1, hash: path, given: split, learns: learns(task, target) };
  });
  return assignSplits(items, options).map((split) => (split === 'train' && !task.fitting ? 'train' : 'eval'));
}
