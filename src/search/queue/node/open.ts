import { YosegiError } from '../../../base/errors.ts';
import type { TrialQueue } from '../queue.ts';
import { type FolderQueueOptions, folderQueue } from './folder/folder-queue.ts';

/** How long leases last; others in tests. */
export type Leases = Pick<FolderQueueOptions, 'lasts' | 'beat'>;

/** A queue by what `--queue` says: a folder. */
export async function openQueue(place: string, leases: Leases = {}): Promise<TrialQueue> {
  const [, scheme] = /^([a-z][a-z\d+.-]+):\/\//i.exec(place) ?? [];
  if (scheme === undefined) return folderQueue(place, leases);
  throw new YosegiError(`${place} is no queue: give a folder that all machines see`);
}
