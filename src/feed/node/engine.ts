import type { DecodeOptions } from '../../data/node/decode.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { Entry } from '../../tasks/layout.ts';
import { DataPool } from './pool.ts';
import { type Keep, type Looked, type ScanTask, slotOf, type Unusable } from './runner.ts';
import { type Budget, PixelStore } from './store.ts';

/** How many pictures one scan task holds: enough to make messages cheap, few enough for progress and balance. */
const PORTION = 24;

/** Workers and decoded pixels of one data set. */
export class Engine {
  readonly pool: DataPool;
  readonly decode: DecodeOptions;
  readonly #slots: number;
  readonly #budget: Budget;
  readonly #stores = new Map<string, { id: number; store: PixelStore }>();
  #sources = 0;

  constructor(options: { workers: number; cacheBytes: number; decode: DecodeOptions; slots: number }) {
    this.pool = new DataPool(options.workers);
    this.decode = options.decode;
    this.#slots = options.slots;
    this.#budget = { left: options.cacheBytes };
  }

  /** A number for a new batch source. */
  nextSource(): number {
    return this.#sources++;
  }

  /** The pixels kept for one preprocessing; what does not change bytes (the normalisation) is shared. */
  storeFor({ size, cropPct, cropMode, interpolation, mean, tiles }: Preprocessing): { id: number; store: PixelStore } {
    const fill = cropMode === 'border' ? mean : [];
    const key = JSON.stringify([size, cropPct, cropMode, interpolation, fill, tiles]);
    let known = this.#stores.get(key);
    if (!known) {
      const id = this.#stores.size;
      const announce = (chunk: Uint8Array) => this.pool.notice({ kind: 'chunk', store: id, chunk });
      known = { id, store: new PixelStore(this.#slots * 2, this.#budget, announce) };
      this.#stores.set(key, known);
    }
    return known;
  }

  /** Decodes every entry once; `keep` says which pixels stay in memory, for each entry. */
  async scan(
    entries: readonly Entry[],
    keep: Keep | undefined,
    onProgress: ((done: number, total: number) => void) | undefined,
  ): Promise<(Looked | Unusable)[]> {
    const results = new Array<Looked | Unusable>(entries.length);
    const store = keep && this.storeFor(keep.preprocessing).store;
    let next = 0;
    let done = 0;
    onProgress?.(0, entries.length);
    const lane = async () => {
      while (next < entries.length) {
        const start = next;
        const portion = entries.slice(start, start + PORTION);
        next += portion.length;
        const task: ScanTask = {
          sources: portion.map(({ source }) => source),
          decode: this.decode,
          keep: keep && { ...keep, uses: keep.uses.slice(start, start + PORTION) },
        };
        for (const [i, looked] of (await this.pool.scan(task)).entries()) {
          results[start + i] = looked;
          if ('fault' in looked || !looked.kept || !keep) continue;
          store?.put(slotOf(start + i, keep.uses[start + i]!), looked.kept);
          // The pixels are in the store now; the result must not hold them too.
          results[start + i] = { ...looked, kept: undefined };
        }
        done += portion.length;
        onProgress?.(done, entries.length);
      }
    };
    // Two portions a worker, so that none waits for the next message.
    await Promise.all(Array.from({ length: Math.max(1, 2 * this.pool.threads) }, lane));
    return results;
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.#stores.clear();
  }
}
