import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { check, messageOf } from '../../base/errors.ts';
import { sha256 } from '../../base/node/sha256.ts';
import type { Colour } from '../../data/draw.ts';
import { type Image, ImageError, type ImageFault } from '../../data/image.ts';
import type { DecodeOptions } from '../../data/node/decode.ts';
import { type ItemSource, useSource } from '../../data/node/source.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { shrink } from '../../data/resize/shrink.ts';
import { viewBase } from '../../data/views.ts';
import type { Batch, EncoderContext } from '../../tasks/batch.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import {
  type EvalPlan,
  evalBatcher,
  type Picture,
  type Pixels,
  type TrainPlan,
  trainBatcher,
  whole,
} from '../batch.ts';
import { meanColour, smallGrey } from '../near.ts';
import { isFull, readStored, type StoreView } from './store.ts';

/** What is kept of a decoded picture: one slot for training, one for evaluation. */
export type Use = 'train' | 'eval';

/** The slot of a store in which item `id`'s pixels for `use` lie. */
export function slotOf(id: number, use: Use): number {
  return id * 2 + (use === 'train' ? 0 : 1);
}

/** Which pixels of a list of pictures to keep. */
export interface Keep {
  readonly preprocessing: Preprocessing;
  /** For each picture. */
  readonly uses: readonly Use[];
}

/** Looking into pictures: is each whole, how large, which are equal; optionally keeping the pixels. */
export interface ScanTask {
  readonly sources: readonly ItemSource[];
  readonly decode: DecodeOptions;
  /** Keep the pixels under this preprocessing, each picture for its use. */
  readonly keep?: Keep;
}

export interface Looked {
  readonly width: number;
  readonly height: number;
  /** Equal for equal size and pixels. */
  readonly hash: string;
  /** SHA-256 of its file, where it has one of its own. */
  readonly sha256?: string;
  /** See `smallGrey`: nearly equal for nearly equal pictures. */
  readonly grey: Uint8Array;
  /** Its mean colour. */
  readonly colour: Colour;
  readonly note?: string;
  readonly kept?: Picture;
}

export interface Unusable {
  readonly fault: ImageFault;
  readonly reason: string;
}

/** A batch source as the workers know it. */
export interface SourceSpec {
  readonly id: number;
  readonly plan:
    | { readonly use: 'train'; readonly plan: Omit<TrainPlan, 'encoder'> }
    | { readonly use: 'eval'; readonly plan: Omit<EvalPlan, 'encoder'> };
  /** Whose targets the plan holds, and what its encoder needs. */
  readonly task: string;
  readonly encoding: EncoderContext;
  readonly items: readonly { readonly id: number; readonly source: ItemSource }[];
  readonly decode: DecodeOptions;
  readonly store: number;
  readonly view: StoreView;
}

/** A batch and the pixels that were decoded for it and are not in the store yet. */
export interface Rendered {
  readonly batch: Batch;
  readonly fresh: readonly { readonly slot: number; readonly stored: Picture }[];
}

/** Which batch of which open source. */
export interface BatchTask {
  readonly source: number;
  readonly epoch: number;
  readonly index: number;
}

/** What the main thread tells all workers. */
export type Notice =
  | { readonly kind: 'open'; readonly spec: SourceSpec }
  | { readonly kind: 'shut'; readonly source: number }
  | { readonly kind: 'chunk'; readonly store: number; readonly chunk: Uint8Array };

/** Carries out tasks; one lives in each worker (or in the main thread where there are no workers). */
export class TaskRunner {
  readonly #open = new Map<number, { spec: SourceSpec; render: Renderer }>();
  readonly #shared: boolean;

  /** `shared`: runs in the thread that owns the stores, so that chunks need not be announced. */
  constructor(shared: boolean) {
    this.#shared = shared;
  }

  notice(notice: Notice): void {
    if (notice.kind === 'open') {
      const { spec } = notice;
      this.#open.set(spec.id, { spec, render: renderer(spec) });
    } else if (notice.kind === 'shut') this.#open.delete(notice.source);
    else if (!this.#shared) {
      // Every source has a view of its own after its journey here.
      for (const { spec } of this.#open.values()) if (spec.store === notice.store) spec.view.chunks.push(notice.chunk);
    }
  }

  scan({ sources, decode, keep }: ScanTask): Promise<(Looked | Unusable)[]> {
    // A few at a time: decoding runs on libuv's threads meanwhile.
    return pMap(sources, (source, i) => look(source, decode, keep, i), { concurrency: 3 });
  }

  batch({ source, epoch, index }: BatchTask): Promise<Rendered> {
    const opened = this.#open.get(source);
    check(opened, `the batch source ${source} is closed`);
    return opened.render(epoch, index);
  }
}

async function look(
  source: ItemSource,
  decode: DecodeOptions,
  keep: Keep | undefined,
  i: number,
): Promise<Looked | Unusable> {
  try {
    return await useSource(source, decode, ({ image, note }, file) => {
      const kept = keep && prepared(image, keep.preprocessing, keep.uses[i]!);
      return {
        width: image.width,
        height: image.height,
        hash: hashOf(image),
        ...(file && { sha256: sha256(file) }),
        grey: smallGrey(image),
        colour: meanColour(image),
        note,
        kept,
      };
    });
  } catch (error) {
    return { fault: error instanceof ImageError ? error.fault : 'broken', reason: messageOf(error) };
  }
}

function hashOf({ width, height, data }: Image): string {
  return createHash('sha256').update(`${width}×${height}:`).update(data).digest('hex').slice(0, 32);
}

/** A picture as `use` wants it: for training its shorter side at most twice the longer side of the input, unless tiles look at its own pixels; else what views are cut from. */
function prepared(image: Image, p: Preprocessing, use: Use): Picture {
  const { from } = whole(image);
  if (use === 'eval') return { image: viewBase(image, p), from, exact: false };
  if (p.tiles) return { image, from, exact: true };
  const small = shrink(image, 2 * Math.max(...p.size));
  return { image: small, from, exact: small === image };
}

type Renderer = (epoch: number, index: number) => Promise<Rendered>;

function renderer(spec: SourceSpec): Renderer {
  const { preprocessing } = spec.plan.plan;
  const { use } = spec.plan;
  /** The pixels of item i for this source's use: stored, or made and noted down as fresh. */
  const pixelsFor =
    (fresh: { slot: number; stored: Picture }[]): Pixels =>
    (i) => {
      const { id, source } = spec.items[i]!;
      const keep = (stored: Picture): Picture => {
        if (!isFull(spec.view)) fresh.push({ slot: slotOf(id, use), stored });
        return stored;
      };
      const stored = readStored(spec.view, slotOf(id, use));
      if (stored) return stored;
      const other = use === 'eval' ? readStored(spec.view, slotOf(id, 'train')) : undefined;
      if (other?.exact) return keep(prepared(other.image, preprocessing, use));
      return decoded(source, spec.decode, (image) => prepared(image, preprocessing, use)).then(keep);
    };
  const { plan } = spec;
  const encoder = taskNamed(spec.task).encoder(spec.encoding, plan.plan.truths);
  if (plan.use === 'train') {
    const batcher = trainBatcher({ ...plan.plan, encoder });
    return async (epoch, index) => {
      const fresh: { slot: number; stored: Picture }[] = [];
      return { batch: await batcher(epoch, index, pixelsFor(fresh)), fresh };
    };
  }
  const batcher = evalBatcher({ ...plan.plan, encoder });
  return async (_epoch, index) => {
    const fresh: { slot: number; stored: Picture }[] = [];
    return { batch: await batcher(index, pixelsFor(fresh)), fresh };
  };
}

/** What `use` makes of an item's picture; a failure names the file: it was whole when the data set was opened. */
async function decoded<T>(source: ItemSource, options: DecodeOptions, use: (image: Image) => T): Promise<T> {
  try {
    return await useSource(source, options, ({ image }) => use(image));
  } catch (error) {
    const fault = error instanceof ImageError ? error.fault : 'broken';
    throw new ImageError(fault, `${source.path}: ${messageOf(error)}; it was readable when the data set was opened`);
  }
}
