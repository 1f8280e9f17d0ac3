import { check } from '../../../base/errors.ts';
import type { TrialQueue } from '../queue.ts';
import { type FolderQueueOptions, folderQueue } from './folder/folder-queue.ts';
import { isServer } from './server/connect.ts';
import { serverQueue } from './server/server-queue.ts';

/** How long leases last; others in tests. */
export type Leases = Pick<FolderQueueOptions, 'lasts' | 'beat'>;

/** A queue by what `--queue` says: a folder, or the address of a server. */
export async function openQueue(place: string, leases: Leases = {}): Promise<TrialQueue> {
  if (isServer(place)) {
    check(
      URL.canParse(place),
      () => `${place} is no address: it looks like redis://HOST:6379 or postgres://USER:PASSWORD@HOST/DATABASE`,
    );
    return serverQueue(place, leases);
  }
  check(
    !/^[a-z][a-z\d+.-]+:\/\//i.test(place),
    () => `${place} is no queue: give a folder that all machines see, redis://…, or postgres://…`,
  );
  return folderQueue(place, leases);
}

/** A queue as it may be shown: without its password. */
export function shownPlace(place: string): string {
  if (!isServer(place) || !URL.canParse(place)) return place;
  const url = new URL(place);
  if (url.password) url.password = '***';
  return url.href;
}
