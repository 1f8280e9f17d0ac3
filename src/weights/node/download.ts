import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { checksum } from './files.ts';
import { Partial } from './partial.ts';

/** A file on a server, and how to know that it arrived. */
export interface Remote {
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the content (64 digits), or the SHA-1 that git gives a file (40). */
  readonly checksum: string;
}

export interface DownloadOptions {
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
  /** Milliseconds that the server may stay silent; default 30 000. */
  readonly patience?: number;
  /** Milliseconds before the first retry, doubled for each further one; default 1000. */
  readonly pause?: number;
}

/** The disk failed, not the network. */
export class StorageError extends YosegiError {
  override readonly name: string = 'StorageError';
}

/** How often in a row nothing may arrive. */
const ATTEMPTS = 4;

/**
 * Downloads to `path`. What arrived is kept beside it when the connection breaks or the process ends, and the next attempt, now
 * or in another run, asks for the rest. The file is in its place only when its size and checksum are right.
 * @throws YosegiError where the server refuses, the content is not what was announced, or the disk fails
 */
export async function download(remote: Remote, path: string, options: DownloadOptions = {}): Promise<void> {
  const partial = await Partial.claim(path);
  const before = await partial.size();
  try {
    await complete(remote, partial, options);
  } catch (error) {
    await partial.leave();
    throw error;
  }
  if (await intact(partial.path, remote.checksum)) return partial.finish();
  await partial.discard();
  // The earlier part may come from a broken disk or another tool: once more from the start.
  if (before > 0) return download(remote, path, options);
  throw new YosegiError(
    `${remote.url} arrived with another checksum than the hub announced (${remote.checksum}): try again later`,
  );
}

/** Attempts, as long as something arrives, until the file is complete. */
async function complete(remote: Remote, partial: Partial, options: DownloadOptions): Promise<void> {
  const { pause = 1000, signal } = options;
  if ((await partial.size()) > remote.size) await partial.discard();
  for (let failures = 0; ; ) {
    const start = await partial.size();
    if (start === remote.size && start > 0) return;
    try {
      await fetchRest(remote, partial.path, start, options);
      return;
    } catch (error) {
      if (error instanceof YosegiError || signal?.aborted) throw error;
      const done = await partial.size();
      failures = done > start ? 1 : failures + 1;
      if (failures >= ATTEMPTS) {
        const [some, all] = [done, remote.size].map((n) => (n / 1e6).toFixed(1));
        const kept = done > 0 ? `; ${some} of ${all} MB are kept, the next attempt goes on from there` : '';
        throw new YosegiError(`the download of ${remote.url} broke off: ${reason(error)}${kept}`, { cause: error });
      }
      await sleep(pause * 2 ** (failures - 1), undefined, signal && { signal });
    }
  }
}

async function fetchRest(remote: Remote, path: string, start: number, options: DownloadOptions): Promise<void> {
  const { token, signal, patience = 30_000, onProgress } = options;
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`nothing came for ${patience / 1000} s`)), patience);
  };
  let file: FileHandle | undefined;
  try {
    heard();
    const response = await fetch(remote.url, {
      headers: { ...(start > 0 && { Range: `bytes=${start}-` }), ...(token && { Authorization: `Bearer ${token}` }) },
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    });
    let at = beginningOf(response, remote, start);
    file = await onDisk(path, () => open(path, at === 0 ? 'w' : 'r+'));
    for await (const piece of response.body ?? []) {
      heard();
      check(at + piece.length <= remote.size, () => `${remote.url} is longer than the ${remote.size} bytes announced`);
      await onDisk(path, () => write(file!, piece, at));
      at += piece.length;
      onProgress?.(at);
    }
    if (at < remote.size) throw new Error('the server closed the connection');
  } catch (error) {
    throw silence.signal.aborted ? silence.signal.reason : error;
  } finally {
    clearTimeout(timer);
    // Lets go of an answer that was not read to its end.
    silence.abort();
    await file?.close();
  }
}

/** The position of the first byte of an answer: where it was asked for, or 0 from a server that sends whole files only. */
function beginningOf(response: Response, { url, size }: Remote, start: number): number {
  const { status } = response;
  if (status === 429 || status >= 500) throw new Error(`the server answered ${status}`);
  check(status === 200 || status === 206, () => `${url}: the server answered ${status} ${response.statusText}`);
  if (status === 200) {
    // The length of a compressed answer is not that of the content.
    const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
    check(
      length === null || Number(length) === size,
      () => `${url} has ${length} bytes where the hub announced ${size}`,
    );
    return 0;
  }
  const range = response.headers.get('content-range') ?? '';
  check(
    range.startsWith(`bytes ${start}-`) && range.endsWith(`/${size}`),
    () => `${url} was asked for its ${size} bytes from ${start} on, and sent '${range}'`,
  );
  return start;
}

async function write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** A full or read-only disk is no reason to try again. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StorageError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function intact(path: string, expected: string): Promise<boolean> {
  if (expected.length === 64) return (await checksum(path)) === expected;
  const content = await readFile(path);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex') === expected;
}

/** The message of a failed fetch says only that it failed; its cause says why. */
export function reason(error: unknown): string {
  const text = messageOf(error);
  const cause = error instanceof Error && error.cause !== undefined ? reason(error.cause) : '';
  return cause && !text.includes(cause) ? `${text} (${cause})` : text;
}
