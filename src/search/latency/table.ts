import { relu } from '../../graph/build.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { blocksOf } from './blocks.ts';

/** What was measured of parts before, in another search on this machine. */
export interface KeptTimes {
  /** Milliseconds; undefined where the part was never timed here. */
  get(key: string): number | undefined;
  /** Keeps what was measured just now. */
  add(measured: ReadonlyMap<string, number>): Promise<void>;
}

/**
 * What parts of networks take on this machine, each timed once: a network's time is the sum of its parts'. Networks of one space share
 * most of their parts.
 */
export class LatencyTable {
  readonly #runtime: Runtime;
  readonly #threads: number;
  readonly #kept: KeptTimes | undefined;
  #call: number | undefined;
  readonly #ms = new Map<string, number>();
  #measured = 0;

  constructor(runtime: Runtime, threads = 1, kept?: KeptTimes) {
    this.#runtime = runtime;
    this.#threads = threads;
    this.#kept = kept;
  }

  /** Parts that are known. */
  get size(): number {
    return this.#ms.size;
  }

  /** How many parts were taken from what was kept, and how many were timed here. */
  get from(): { readonly kept: number; readonly measured: number } {
    return { kept: this.#ms.size - this.#measured, measured: this.#measured };
  }

  /** Milliseconds for one picture: the sum over the network's parts; those that are new are timed first. */
  async expect(network: Graph): Promise<number> {
    const parts = await this.parts(network);
    return parts.reduce((sum, { ms }) => sum + ms, this.#call!);
  }

  /** The parts of a network, in order, and the milliseconds that each takes for one picture. */
  async parts(network: Graph): Promise<{ readonly name: string; readonly ms: number }[]> {
    // What asking the runtime takes is paid once by a whole network, and by each part of it.
    this.#call ??= await timeGraph(this.#runtime, nothing(), this.#threads);
    const fresh = new Map<string, number>();
    const parts: { name: string; ms: number }[] = [];
    for (const { name, key, graph } of blocksOf(network)) {
      let ms = this.#ms.get(key) ?? this.#kept?.get(key);
      if (ms === undefined) {
        ms = (await timeGraph(this.#runtime, graph, this.#threads)) - this.#call;
        fresh.set(key, ms);
        this.#measured++;
      }
      this.#ms.set(key, ms);
      parts.push({ name, ms: Math.max(0, ms) });
    }
    if (fresh.size > 0) await this.#kept?.add(fresh);
    return parts;
  }
}

/** A graph that computes next to nothing. */
const nothing = (): Graph => graph({ y: relu(input('x', 'float32', [1, 1])) });
