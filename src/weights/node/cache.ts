import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { cacheHome } from '../../base/node/cache-home.ts';
import { StorageError } from './download.ts';
import { files, type HubId, isCommit } from './hub-id.ts';

/**
 * The cache of Hugging Face's own tools, shared with them: what Python downloaded is found here, and the other way round.
 * `HF_HUB_CACHE`, else `HF_HOME`/hub, else `XDG_CACHE_HOME`/huggingface/hub, else ~/.cache/huggingface/hub.
 */
export function hubCache(env: NodeJS.ProcessEnv = process.env): string {
  const direct = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  if (direct) return direct;
  return join(env.HF_HOME || join(cacheHome(env), 'huggingface'), 'hub');
}

/** The folders of one model in the cache: `blobs` by checksum, `snapshots` by commit with links to them, `refs` by branch. */
export class ModelCache {
  readonly #folder: string;
  constructor(cache: string, id: HubId) {
    // A HubId has no '..' and no separator but the one.
    this.#folder = join(cache, `models--${id.name.replace('/', '--')}`);
  }

  /** Where the file with this checksum lies or will lie. */
  async blob(checksum: string): Promise<string> {
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum)) {
      throw new YosegiError(`the hub gave '${checksum.slice(0, 80)}' as a checksum, which is none`);
    }
    const path = join(this.#folder, 'blobs', checksum);
    await made(dirname(path));
    return path;
  }

  /** The snapshot of a commit. */
  snapshot(commit: string): string {
    if (!isCommit(commit)) throw new YosegiError(`the hub gave '${commit.slice(0, 80)}' as a commit, which is none`);
    return join(this.#folder, 'snapshots', commit);
  }

  /** Makes a file of a snapshot from a blob: a link, or where there are none (Windows) the blob itself. */
  async place(blob: string, commit: string, file: (typeof files)[number]): Promise<void> {
    const path = join(this.snapshot(commit), file);
    if (await isFile(path)) return;
    await made(dirname(path));
    // In one step, so that nobody who reads at the same time sees it missing.
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    const from = await symlink(relative(dirname(path), blob), temporary).then(
      () => temporary,
      () => blob,
    );
    await rename(from, path).catch(async (error) => {
      if (!(await isFile(path))) throw error;
    });
  }

  /** Notes which commit a branch or tag is at. */
  async setRef(revision: string, commit: string): Promise<void> {
    if (isCommit(revision)) return;
    const path = join(this.#folder, 'refs', revision);
    await made(dirname(path));
    await atomicWrite(path, commit);
  }

  /** The snapshot of a revision as far as it is known here, if it has weights. `complete` when it has everything. */
  async find(revision: string): Promise<{ folder: string; complete: boolean } | undefined> {
    const commit = isCommit(revision) ? revision : await this.#ref(revision);
    if (commit === undefined) return undefined;
    const folder = this.snapshot(commit);
    const [config, weights] = await Promise.all(files.map((file) => isFile(join(folder, file))));
    return weights ? { folder, complete: config === true } : undefined;
  }

  async #ref(revision: string): Promise<string | undefined> {
    const text = await readFile(join(this.#folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }
}

export const isFile = (path: string) =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );

async function made(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new StorageError(
      `cannot make the folder ${folder} for downloaded weights: ${messageOf(error)}. Set HF_HOME to a folder that can be written to`,
      { cause: error },
    );
  }
}
