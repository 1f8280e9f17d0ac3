import { relu } from '../../graph/build.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { blocksOf } from './blocks.ts';

/**
 * What parts of networks take on this machine, each timed once: a network's time is the sum of its parts'. Networks of one space share
 * most of their parts.
 */
export class LatencyTable {
  readonly #runtime: Runtime;
  readonly #threads: number;
  #call: number | undefined;
  readonly #ms = new Map<string, number>();

  constructor(runtime: Runtime, threads = 1) {
    this.#runtime = runtime;
    this.#threads = threads;
  }

  /** Parts that were timed. */
  get size(): number {
    return this.#ms.size;
  }

  /** Milliseconds for one picture: the sum over the network's parts; those that are new are timed first. */
  async expect(network: Graph): Promise<number> {
    // What asking the runtime takes is paid once by a whole network, and by each part of it.
    this.#call ??= await timeGraph(this.#runtime, nothing(), this.#threads);
    let sum = this.#call;
    for (const { key, graph } of blocksOf(network)) {
      const ms = this.#ms.get(key) ?? (await timeGraph(this.#runtime, graph, this.#threads)) - this.#call;
      this.#ms.set(key, ms);
      sum += Math.max(0, ms);
    }
    return sum;
  }
}

/** A graph that computes next to nothing. */
const nothing = (): Graph => graph({ y: relu(input('x', 'float32', [1, 1])) });
