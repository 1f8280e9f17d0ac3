import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Node arguments that let a child process run the `.ts` files of a source checkout; none for built code. */
function sourceArguments(metaUrl: string): string[] {
  if (!metaUrl.endsWith('ts')) return [];
  return ['--import', pathToFileURL(createRequire(metaUrl).resolve('tsx')).href];
}

/**
 * Starts the module `name` (no extension, relative to the module `metaUrl`) in a Node process of its own, with a message
 * channel; its output is piped.
 */
export function startChild(
  metaUrl: string,
  name: string,
  args: readonly string[] = [],
  options: ForkOptions = {},
): ChildProcess {
  const extension = /\.[jt]s$/.exec(metaUrl)?.[0] ?? '.js';
  return fork(fileURLToPath(new URL(`${name}${extension}`, metaUrl)), args, {
    serialization: 'advanced',
    ...options,
    silent: true,
    execArgv: [...sourceArguments(metaUrl), ...(options.execArgv ?? [])],
  });
}
