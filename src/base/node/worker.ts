import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts the worker file `name` (no extension, relative to the module `metaUrl`, e.g. './data.worker').
 * Built code runs its `.js`; source code under vitest or tsx runs its `.ts`: Node 20 does not apply
 * `--import tsx` to the entry of a worker, so a small bootstrap registers tsx first and then imports the file.
 */
export function startWorker(metaUrl: string, name: string, options: WorkerOptions = {}): Worker {
  const extension = /\.[mc]?[jt]s$/.exec(new URL(metaUrl).pathname)?.[0] ?? '.js';
  const entry = new URL(`${name}${extension}`, metaUrl);
  if (!extension.endsWith('ts')) return new Worker(entry, options);
  const tsx = pathToFileURL(createRequire(metaUrl).resolve('tsx/package.json'));
  const api = new URL('./dist/esm/api/index.mjs', tsx).href;
  const boot = `import { register } from ${JSON.stringify(api)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), options);
}
