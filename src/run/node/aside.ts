import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Ranks } from '../../train/ranks.ts';

/** Processes that train together wait here for one another. */
const meet = (ranks: Ranks): Promise<void> => ranks.sum(new Float32Array(1));

/**
 * Where each of several processes writes: the first one in the run folder, the others in a folder of their own (a copy of it where the run was
 * `begun`), which goes when they end.
 * All of them compute the same.
 */
export async function eachAside<T>(
  ranks: Ranks | undefined,
  out: string,
  work: (out: string) => Promise<T>,
  { begun }: { readonly begun: boolean },
): Promise<T> {
  if (!ranks) return work(out);
  if (ranks.rank === 0) {
    // The others copy what is there before it changes.
    await meet(ranks);
    return work(out);
  }
  const own = await mkdtemp(join(tmpdir(), 'yosegi-rank-'));
  try {
    // A bundle is made of a run, and no part of its training.
    const part = (path: string) => basename(path) !== 'bundle';
    if (begun) await cp(out, own, { recursive: true, filter: part });
    await meet(ranks);
    return await work(own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
