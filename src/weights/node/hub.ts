import { join } from 'node:path';
import { YosegiError } from '../../base/errors.ts';
import { isFile, ModelCache } from './cache.ts';
import { download, type Remote, reason, StorageError } from './download.ts';
import { byHand, files, fileUrl, type HubId, isCommit } from './hub-id.ts';

export interface Progress {
  readonly file: string;
  readonly bytes: number;
  readonly total: number;
}

export interface HubOptions {
  /** Folder of the cache. */
  readonly cache: string;
  readonly hubUrl: string;
  /** Never asks the network. */
  readonly offline?: boolean;
  /** For models that are not public. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNotice?: (message: string) => void;
  /** Milliseconds that the server may stay silent, and before a retry; see download. */
  readonly patience?: number;
  readonly pause?: number;
}

interface RemoteFile extends Remote {
  readonly file: (typeof files)[number];
}

/**
 * The folder with `model.safetensors` and `config.json` of a model on the hub, downloaded where the cache has not got them. What is
 * in the cache does without network: always for a commit, for a branch when the hub cannot be asked.
 * @throws YosegiError that says why, and how to get the files by hand
 */
export async function snapshot(id: HubId, options: HubOptions): Promise<string> {
  const cache = new ModelCache(options.cache, id);
  const known = await cache.find(id.revision);
  if (known && (options.offline || (known.complete && isCommit(id.revision)))) return known.folder;
  if (options.offline) {
    throw new YosegiError(
      `${told(id)} is not in the cache (${options.cache}), and the network is not to be used. ${byHand(options.hubUrl, id)}`,
    );
  }
  try {
    return await fetched(id, cache, { ...options, hurry: known !== undefined });
  } catch (error) {
    if (options.signal?.aborted || error instanceof StorageError) throw error;
    const why = await explain(error);
    if (known) {
      options.onNotice?.(`the hub cannot be asked about ${told(id)} (${why}): going on with what is in the cache`);
      return known.folder;
    }
    throw new YosegiError(
      `cannot get ${told(id)} from ${options.hubUrl} (and no file or folder of that name is here): ${why}. ${byHand(options.hubUrl, id)}`,
      { cause: error },
    );
  }
}

/** In a hurry the hub's own answers are not waited for long: there is something to go on with. */
type FetchOptions = HubOptions & { readonly hurry: boolean };

async function fetched(id: HubId, cache: ModelCache, options: FetchOptions): Promise<string> {
  const { commit, remotes } = await ask(id, options);
  const folder = cache.snapshot(commit);
  for (const remote of remotes) {
    if (await isFile(join(folder, remote.file))) continue;
    const blob = await cache.blob(remote.checksum);
    const total = remote.size;
    if (!(await isFile(blob))) {
      const onProgress = (bytes: number) => options.onProgress?.({ file: remote.file, bytes, total });
      await download(remote, blob, { ...options, onProgress });
    }
    await cache.place(blob, commit, remote.file);
  }
  await cache.setRef(id.revision, commit);
  return folder;
}

/** Which commit the revision is, and what its files are. */
async function ask(id: HubId, options: FetchOptions): Promise<{ commit: string; remotes: RemoteFile[] }> {
  // Loaded here: most commands never need it.
  const { modelInfo, pathsInfo } = await import('@huggingface/hub');
  const { hubUrl, token, signal, hurry, patience = hurry ? 8000 : 30_000 } = options;
  const common = {
    hubUrl,
    ...(token && { accessToken: token }),
    fetch: (input: string | URL | Request, init?: RequestInit) => {
      const late = AbortSignal.timeout(patience);
      return fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, late]) : late });
    },
  };
  const { sha } = await modelInfo({ ...common, name: id.name, revision: id.revision, additionalFields: ['sha'] });
  const at: HubId = { name: id.name, revision: String(sha) };
  if (!isCommit(at.revision))
    throw new YosegiError(`the hub answered without a commit ('${at.revision.slice(0, 80)}')`);
  const infos = await pathsInfo({ ...common, repo: id.name, revision: at.revision, paths: [...files] });
  const remotes = files.flatMap((file): RemoteFile[] => {
    const info = infos.find((i) => i.path === file && i.type === 'file');
    if (!info) return [];
    const checksum = String(info.lfs?.oid ?? info.oid);
    const size = info.lfs?.size ?? info.size;
    if (!Number.isSafeInteger(size) || size < 0) throw new YosegiError(`the hub gives ${file} a size of '${size}'`);
    return [{ file, url: fileUrl(hubUrl, at, file), size, checksum }];
  });
  if (!remotes.some((r) => r.file === 'model.safetensors')) {
    throw new YosegiError(
      `it has no model.safetensors (older models have pickle files only, which can hold programs and are not read)`,
    );
  }
  return { commit: at.revision, remotes };
}

/** In words what went wrong with a request. */
async function explain(error: unknown): Promise<string> {
  const { HubApiError } = await import('@huggingface/hub');
  if (error instanceof HubApiError) {
    const status = error.statusCode;
    if (status === 401) return 'the hub has no public model of this name (401): is it spelt right?';
    if (status === 403) return 'the hub gives this model only to those who asked for it (403)';
    if (status === 404) return 'the hub has no such model or revision (404): is it spelt right?';
    return `the hub answered ${status}`;
  }
  if (error instanceof SyntaxError) return 'what answered is not the hub: a proxy, or a page to log in at?';
  return reason(error);
}

const told = ({ name, revision }: HubId) => (revision === 'main' ? name : `${name}@${revision}`);
