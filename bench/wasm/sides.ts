import { z } from 'zod';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { clockedRuns } from '../clock.ts';
import { type Given, sent } from './network.ts';
import { ourWork, type Work } from './ours.ts';
import type { Pages } from './site.ts';

/** What one iteration said: a training step its loss, inference the logits. */
const answerSchema = z.object({ loss: z.number().optional(), logits: z.array(z.number()).optional() });
export type Answer = z.infer<typeof answerSchema>;

/** Someone who does a piece of work. */
export interface Side {
  readonly name: string;
  readonly threads: number;
  /** In its own words. */
  readonly where: string;
  once(): Promise<Answer>;
  /** Milliseconds of so many iterations. */
  times(count: number): Promise<number[]>;
  close(): Promise<void>;
}

/** Who could do it; `open` fails where it cannot. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  open(): Promise<Side>;
}

/** Where a page finds the numbers for a piece of work. */
export const pathOf = (work: Work) => `/numbers/${work.split(' ')[0]}`;

const page = (
  pages: Pages,
  script: string,
  given: Given,
  work: Work,
  name: string,
  threads: number,
  backend?: string,
) => ({
  ...{ name, threads },
  open: async (): Promise<Side> => {
    const own = await pages.open(script, threads);
    try {
      const where = z
        .string()
        .parse(await own.call('prepare', sent(given, pathOf(work)).words, work, threads, backend));
      return {
        ...{ name, threads, where },
        once: async () => answerSchema.parse(await own.call('once')),
        times: async (count) => z.array(z.number()).parse(await own.call('times', count)),
        close: () => own.close(),
      };
    } catch (error) {
      await own.close();
      throw error;
    }
  },
});

const native = (runtime: Runtime, given: Given, work: Work): Contender => ({
  name: 'yosegi, native',
  threads: runtime.threads,
  open: async () => {
    const run = await ourWork(runtime, work, given);
    return {
      ...{ name: 'yosegi, native', threads: runtime.threads },
      where: `${runtime.name} ${runtime.version}`,
      once: async () => {
        const { loss, logits } = await run();
        return { loss, logits: logits && Array.from(logits, Number) };
      },
      times: async (count) => (await clockedRuns(count, run)).ms,
      close: async () => undefined,
    };
  },
});

export const OURS = 'yosegi, WebAssembly';

/** Everybody for a piece of work, the native runtimes first; the peers where their packages are there. */
export function contenders(
  work: Work,
  given: Given,
  on: { readonly runtimes: readonly Runtime[]; readonly pages: Pages; readonly peers: boolean },
): Contender[] {
  const { pages, runtimes } = on;
  const both = (script: string, name: string, backend?: string) =>
    [1, 2].map((threads) => page(pages, script, given, work, name, threads, backend));
  const ours = [...runtimes.map((r) => native(r, given, work)), ...both('ours-page', OURS)];
  // AsCAN cannot be said in the peers' words exactly.
  if (!on.peers || work.startsWith('nano')) return ours;
  return [
    ...ours,
    ...both('tfjs-page', 'TensorFlow.js, wasm', 'wasm'),
    ...(work === 'plain train' ? [page(pages, 'tfjs-page', given, work, 'TensorFlow.js, cpu', 1, 'cpu')] : []),
    ...both('jax-page', 'jax-js, wasm'),
  ];
}
